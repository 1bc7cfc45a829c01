/* SendMassEmail, SendMassEmailPrevious, SendMassEmailPrevious2. */
#include "services/soap/operation.h"

#include "db/campaign.h"

#include "services/soap/email_address.h"
#include "services/soap/mass_email.h"
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
	if (*operation_text(to->group_filter) != '\0') {
		exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
		    "ToGroupFilter must be empty; this server sends to whole groups.");
		return false;
	}
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
		const struct campaign_recipients recipients = {
		    .group_ids = (const int32_t *)(void *)groups->data,
		    .group_count = groups->len,
		    .addresses = addresses->str,
		};

		answer = campaign_send(soap, operation, composition, &recipients, result);
		g_string_free(addresses, TRUE);
	}
	if (groups != NULL)
		g_array_free(groups, TRUE);
	composition_unref(composition);
	return answer;
}

int
__jango__SendMassEmail(struct soap *soap, struct _jango__SendMassEmail *request,
    struct _jango__SendMassEmailResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct send_message given = {
	    .from_email = request->FromEmail,
	    .from_name = request->FromName,
	    .subject = request->Subject,
	    .message_plain = request->MessagePlain,
	    .message_html = request->MessageHTML,
	    .options = request->Options,
	};
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};

	if (operation == NULL || !mass_email_to_check(soap, &to))
		return soap->error;
	return mass_email_send(soap, operation, send_message_compose(soap, operation, &given), &to,
	    &response->SendMassEmailResult);
}

/* The content of an earlier campaign; NULL: thrown. */
static struct composition *
previous_content(struct soap *soap, struct operation *operation, int32_t campaign_id)
{
	struct composition *content;
	struct error error;
	enum db_status status = campaign_content(
	    operation->database, operation->account_id, campaign_id, &content, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (content == NULL)
		operation_throw_no_campaign(soap, campaign_id);
	return content;
}

int
__jango__SendMassEmailPrevious(struct soap *soap, struct _jango__SendMassEmailPrevious *request,
    struct _jango__SendMassEmailPreviousResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};

	if (operation == NULL || !mass_email_to_check(soap, &to))
		return soap->error;
	return mass_email_send(soap, operation, previous_content(soap, operation, request->JobID),
	    &to, &response->SendMassEmailPreviousResult);
}

int
__jango__SendMassEmailPrevious2(struct soap *soap, struct _jango__SendMassEmailPrevious2 *request,
    struct _jango__SendMassEmailPrevious2Response *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct mass_email_to to = {
	    request->ToGroups, request->ToGroupFilter, request->ToOther, request->ToWebDatabase};
	struct composition *content;

	if (operation == NULL || !mass_email_to_check(soap, &to) ||
	    !send_message_options_check(soap, operation_text(request->Options)))
		return soap->error;
	content = previous_content(soap, operation, request->JobID);
	if (content != NULL) {
		g_free(content->options);
		content->options = g_strdup(operation_text(request->Options));
	}
	return mass_email_send(
	    soap, operation, content, &to, &response->SendMassEmailPrevious2Result);
}
