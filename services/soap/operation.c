#include "services/soap/operation.h"

#include <inttypes.h>

#include "base/group_name.h"
#include "base/text.h"
#include "db/campaign.h"
#include "db/email_group.h"

#include "services/soap/email_address.h"
#include "services/soap/login.h"
#include "services/soap/xml_text.h"

struct operation *
operation_begin(struct soap *soap, const char *username, const char *password)
{
	struct operation *operation = soap->user;
	const struct login_attempt attempt = {.client = operation->client,
	    .username = operation_text(username),
	    .password = operation_text(password),
	    .has_waited = operation->has_waited};
	struct login_outcome outcome;
	struct error error;
	enum db_status status;

	if (operation->may_wait) {
		soap->error = SOAP_STOP;
		return NULL;
	}
	status = login_check(operation->login, operation->database, &attempt, &outcome, &error);
	if (status != DB_STATUS_OK) {
		exception_throw_database(soap, status, &error);
		return NULL;
	}
	operation->account_id = outcome.account_id;
	operation->delay = outcome.delay;
	g_free(operation->account);
	operation->account = outcome.account;
	if (outcome.is_right)
		return operation;
	exception_throw(soap, EXCEPTION_INVALID_LOGIN, "The username or the password is wrong.");
	return NULL;
}

char *
operation_trimmed(struct soap *soap, const char *parameter)
{
	char *trimmed = text_trim(operation_text(parameter));
	char *copy = soap_strdup(soap, trimmed);

	g_free(trimmed);
	return copy;
}

const char *
operation_group_name(struct soap *soap, const char *name)
{
	struct error error;
	char *trimmed = group_name_parse(operation_text(name), &error);
	const char *copy;

	if (trimmed == NULL) {
		exception_throw(
		    soap, EXCEPTION_INVALID_GROUP_NAME, "The group name %s.", error.text);
		return NULL;
	}
	copy = soap_strdup(soap, trimmed);
	g_free(trimmed);
	return copy;
}

const char *
operation_address(struct soap *soap, const char *parameter, const char *address)
{
	char *trimmed = operation_trimmed(soap, address);
	struct error error;

	if (email_address_check(trimmed, &error))
		return trimmed;
	exception_throw(soap, EXCEPTION_INVALID_EMAIL_ADDRESS, "%s %s.", parameter, error.text);
	return NULL;
}

int
operation_throw_no_group(struct soap *soap, const char *name)
{
	return exception_throw(soap, EXCEPTION_GROUP_NOT_FOUND,
	    "There is no group named \"%.1020s\".", operation_text(name));
}

int
operation_throw_no_field(struct soap *soap, const char *name)
{
	return exception_throw(soap, EXCEPTION_GROUP_FIELD_NOT_FOUND,
	    "The group has no field named \"%.255s\".", operation_text(name));
}

bool
operation_find_group(
    struct soap *soap, struct operation *operation, const char *name, int32_t *group_id)
{
	char *trimmed = operation_trimmed(soap, name);
	struct error error;
	bool found;
	enum db_status status = email_group_find(
	    operation->database, operation->account_id, trimmed, group_id, &found, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		operation_throw_no_group(soap, name);
	return status == DB_STATUS_OK && found;
}

int
operation_throw_no_campaign(struct soap *soap, int32_t campaign_id)
{
	return exception_throw(soap, EXCEPTION_CAMPAIGN_NOT_FOUND,
	    "There is no campaign with the JobID %" PRId32 ".", campaign_id);
}

bool
operation_find_campaign(struct soap *soap, struct operation *operation, int32_t campaign_id)
{
	struct error error;
	int64_t day;
	bool found;
	enum db_status status = campaign_find(
	    operation->database, operation->account_id, campaign_id, &day, &found, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		operation_throw_no_campaign(soap, campaign_id);
	return status == DB_STATUS_OK && found;
}

int
operation_succeed(struct soap *soap, char **result, int64_t id)
{
	GString *text = g_string_new("0\nSUCCESS\n");

	g_string_append_printf(text, "%" PRId64, id);
	return operation_answer(soap, result, text);
}

int
operation_answer(struct soap *soap, char **result, GString *text)
{
	char *clean = xml_text_clean(text->str);

	*result = soap_strdup(soap, clean);
	g_free(clean);
	g_string_free(text, TRUE);
	return SOAP_OK;
}
