/* SendMassEmail. */
#include "services/soap/operation.h"

#include "db/campaign.h"

#include "services/soap/email_address.h"
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

static bool
unsupported_are_empty(struct soap *soap, const struct _jango__SendMassEmail *request)
{
	if (*operation_text(request->ToGroupFilter) != '\0') {
		exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
		    "ToGroupFilter must be empty; this server sends to whole groups.");
		return false;
	}
	if (*operation_text(request->ToWebDatabase) != '\0') {
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
__jango__SendMassEmail(struct soap *soap, struct _jango__SendMassEmail *request,
    struct _jango__SendMassEmailResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct send_message given = {request->FromEmail, request->FromName, request->Subject,
	    request->MessagePlain, request->MessageHTML, request->Options};
	struct composition *composition;
	GArray *groups = NULL;
	GString *addresses = NULL;
	int answer = SOAP_FAULT;

	if (operation == NULL || !unsupported_are_empty(soap, request))
		return soap->error;
	composition = send_message_compose(soap, operation, &given);
	if (composition == NULL)
		return soap->error;
	groups = groups_of_names(soap, operation, operation_text(request->ToGroups));
	if (groups != NULL)
		addresses = addresses_of_text(soap, operation_text(request->ToOther));
	if (addresses != NULL) {
		const struct campaign_recipients to = {
		    .group_ids = (const int32_t *)(void *)groups->data,
		    .group_count = groups->len,
		    .addresses = addresses->str,
		};

		answer = campaign_send(
		    soap, operation, composition, &to, &response->SendMassEmailResult);
		g_string_free(addresses, TRUE);
	}
	if (groups != NULL)
		g_array_free(groups, TRUE);
	composition_unref(composition);
	return answer;
}
