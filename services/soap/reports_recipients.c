/* Reports_GetRecipients_String: who a campaign went to. */
#include "services/soap/operation.h"

#include "db/campaign.h"

static void
add_line(void *arg, const char *address)
{
	GString *lines = arg;

	if (lines->len > 0)
		g_string_append_c(lines, '\n');
	g_string_append(lines, address);
}

int
__jango__Reports_GetRecipients_String(struct soap *soap,
    struct _jango__Reports_GetRecipients_String *request,
    struct _jango__Reports_GetRecipients_StringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	GString *lines;
	struct error error;
	enum db_status status;

	if (operation == NULL || !operation_find_campaign(soap, operation, request->JobID))
		return soap->error;
	lines = g_string_new(NULL);
	status = campaign_list_recipients(
	    operation->database, operation->account_id, request->JobID, add_line, lines, &error);
	if (status == DB_STATUS_OK)
		return operation_answer(soap, &response->Reports_GetRecipients_StringResult, lines);
	g_string_free(lines, TRUE);
	return exception_throw_database(soap, status, &error);
}
