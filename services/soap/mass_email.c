#include "services/soap/mass_email.h"

#include <string.h>

#include "db/campaign.h"

#include "services/soap/email_address.h"
#include "services/soap/field_name.h"
#include "services/soap/group_filter.h"
#include "services/soap/operation.h"
#include "services/soap/send_message.h"
#include "services/soap/text_list.h"

/* Group ids (int32_t) of the names in ToGroups, in order; each must be a group. NULL: thrown. */
static GArray *
groups_of_names(struct soap *soap, struct operation *operation, const char *names)
{
	GPtrArray *items = text_list_split(names, ",;");
	GArray *ids = g_array_new(FALSE, FALSE, sizeof(int32_t));
	bool good = true;

	for (guint i = 0; i < items->len && good; i++) {
		const char *name = g_ptr_array_index(items, i);
		int32_t id;

		if (*name == '\0')
			continue;
		good = operation_find_group(soap, operation, name, &id);
		if (good)
			g_array_append_val(ids, id);
	}
	g_ptr_array_unref(items);
	if (good)
		return ids;
	g_array_free(ids, TRUE);
	return NULL;
}

/* The addresses in ToOther, a line each; each must be one. NULL: thrown. */
static GString *
addresses_of_text(struct soap *soap, const char *text)
{
	char **words = g_strsplit_set(text, ",; \t\r\n", -1);
	GString *lines = g_string_new(NULL);
	bool good = true;
	struct error error;

	for (char **word = words; *word != NULL && good; word++) {
		if (**word == '\0')
			continue;
		good = email_address_check(*word, &error);
		if (good)
			g_string_append_printf(lines, "%s\n", *word);
		else
			exception_throw(soap, EXCEPTION_INVALID_EMAIL_ADDRESS,
			    "\"%.255s\" in ToOther %s.", *word, error.text);
	}
	g_strfreev(words);
	if (good)
		return lines;
	g_string_free(lines, TRUE);
	return NULL;
}

bool
mass_email_to_check(struct soap *soap, const struct mass_email_to *to)
{
	if (*operation_text(to->web_database) != '\0') {
		exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
		    "ToWebDatabase must be empty; this server reads no database of yours.");
		return false;
	}
	return true;
}

static int
campaign_send(struct soap *soap, struct operation *operation, struct composition *composition,
    const struct campaign_recipients *to, char **result)
{
	int64_t recipients;
	struct error error;
	enum db_status status =
	    campaign_create(operation->database, composition, to, &recipients, &error);

	if (status != DB_STATUS_OK)
		return send_message_throw(soap, operation, status, &error);
	if (recipients == 0)
		return exception_throw(
		    soap, EXCEPTION_NO_RECIPIENTS, "Neither ToGroups nor ToOther has a recipient.");
	return operation_succeed(soap, result, composition->campaign_id);
}

struct filter_fields {
	const struct operation *operation;
	const struct campaign_recipients *to;
	enum db_status status; /* of the last one that was looked for */
};

static char *
filter_key(void *arg, const char *name, struct error *error)
{
	struct filter_fields *fields = arg;
	char *key = NULL;

	if (field_name_is_address(name))
		return g_strdup(CAMPAIGN_FILTER_ADDRESS);
	fields->status = campaign_filter_key(fields->operation->database,
	    fields->operation->account_id, fields->to, name, &key, error);
	if (fields->status == DB_STATUS_OK && key == NULL)
		error_set(error, "None of the groups in ToGroups has a field \"%.255s\"", name);
	return key;
}

/* Sets to->filter, in soap's memory, if one is given. False: thrown. */
static bool
filter_compile(struct soap *soap, struct operation *operation, const char *filter,
    struct campaign_recipients *to)
{
	struct filter_fields fields = {operation, to, DB_STATUS_OK};
	struct error error;
	char *path;

	if (filter[strspn(filter, " \t\r\n")] == '\0')
		return true;
	path = group_filter_compile(filter, filter_key, &fields, &error);
	if (path == NULL && fields.status != DB_STATUS_OK)
		exception_throw_database(soap, fields.status, &error);
	else if (path == NULL)
		exception_throw(soap, EXCEPTION_INVALID_GROUP_FILTER, "%s.", error.text);
	to->filter = path != NULL ? soap_strdup(soap, path) : NULL;
	g_free(path);
	return to->filter != NULL;
}

int
mass_email_send(struct soap *soap, struct operation *operation, struct composition *composition,
    const struct mass_email_to *to, char **result)
{
	GArray *groups = NULL;
	GString *addresses = NULL;
	int answer = SOAP_FAULT;

	if (composition == NULL)
		return soap->error;
	groups = groups_of_names(soap, operation, operation_text(to->groups));
	if (groups != NULL)
		addresses = addresses_of_text(soap, operation_text(to->other));
	if (addresses != NULL) {
		struct campaign_recipients recipients = {
		    .group_ids = (const int32_t *)(void *)groups->data,
		    .group_count = groups->len,
		    .addresses = addresses->str,
		};

		answer =
		    filter_compile(soap, operation, operation_text(to->group_filter), &recipients)
		    ? campaign_send(soap, operation, composition, &recipients, result)
		    : soap->error;
		g_string_free(addresses, TRUE);
	}
	if (groups != NULL)
		g_array_free(groups, TRUE);
	composition_unref(composition);
	return answer;
}
