/* Reports_GetRecipients_String, _XML and _DataSet: who a campaign went to. */
#include "services/soap/report.h"

#include "db/campaign.h"

static const struct report_column columns[] = {{"EmailAddress", REPORT_STRING}};

static bool
add_recipient(void *arg, const char *address)
{
	return report_writer_add(arg, &address);
}

static bool
read_recipients(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	return operation_find_campaign(soap, operation, call->job_id) &&
	    report_read_ended(soap,
		campaign_list_recipients(operation->database, operation->account_id, call->job_id,
		    add_recipient, writer, &error),
		&error);
}

static const struct report recipients = {
    "Recipients", columns, G_N_ELEMENTS(columns), read_recipients, REPORT_OF_STANDBY};

/* This text form alone has no delimiters to choose: an address a line. */
int
__jango__Reports_GetRecipients_String(struct soap *soap,
    struct _jango__Reports_GetRecipients_String *request,
    struct _jango__Reports_GetRecipients_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {.row = "\n"};

	return report_text(
	    soap, &recipients, &call, &delimiters, &response->Reports_GetRecipients_StringResult);
}

REPORT_AS_XML(Reports_GetRecipients_XML, recipients, .job_id = request->JobID)
REPORT_AS_DATASET(Reports_GetRecipients_DataSet, recipients, .job_id = request->JobID)
