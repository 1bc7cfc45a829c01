/* Reports_GetUnsubscribesAll and Reports_GetUnsubscribesByCampaign, each _String, _XML and _DataSet. */
#include "services/soap/report.h"

#include "base/clock.h"
#include "db/suppression_report.h"

static const struct report_column columns[] = {
    {"EmailAddress", REPORT_STRING}, {"UnsubscribeDateTime", REPORT_DATE_TIME}};

static bool
add_entry(void *arg, const struct suppression_row *row)
{
	char when[CLOCK_ISO_SIZE];
	const char *const values[] = {row->address, clock_iso(row->when, when)};

	return report_writer_add(arg, values);
}

static bool
read_all(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	(void)call;
	return report_read_ended(soap,
	    suppression_list(operation->database, operation->account_id, SUPPRESSION_UNSUBSCRIBED,
		0, add_entry, writer, &error),
	    &error);
}

static bool
read_campaign(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	return operation_find_campaign(soap, operation, call->job_id) &&
	    report_read_ended(soap,
		suppression_list_campaign_unsubscribes(operation->database, operation->account_id,
		    call->job_id, add_entry, writer, &error),
		&error);
}

static const struct report all = {
    "Unsubscribes", columns, G_N_ELEMENTS(columns), read_all, REPORT_OF_STANDBY};
static const struct report by_campaign = {
    "Unsubscribes", columns, G_N_ELEMENTS(columns), read_campaign, REPORT_OF_STANDBY};

int
__jango__Reports_GetUnsubscribesAll_String(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesAll_String *request,
    struct _jango__Reports_GetUnsubscribesAll_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &all, &call, &delimiters, &response->Reports_GetUnsubscribesAll_StringResult);
}

int
__jango__Reports_GetUnsubscribesAll_XML(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesAll_XML *request,
    struct _jango__Reports_GetUnsubscribesAll_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};

	response->Reports_GetUnsubscribesAll_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetUnsubscribesAll_XMLResult));
	return report_xml(
	    soap, &all, &call, &response->Reports_GetUnsubscribesAll_XMLResult->__any);
}

int
__jango__Reports_GetUnsubscribesAll_DataSet(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesAll_DataSet *request,
    struct _jango__Reports_GetUnsubscribesAll_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};

	response->Reports_GetUnsubscribesAll_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetUnsubscribesAll_DataSetResult));
	return report_dataset(
	    soap, &all, &call, &response->Reports_GetUnsubscribesAll_DataSetResult->__any);
}

int
__jango__Reports_GetUnsubscribesByCampaign_String(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesByCampaign_String *request,
    struct _jango__Reports_GetUnsubscribesByCampaign_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(soap, &by_campaign, &call, &delimiters,
	    &response->Reports_GetUnsubscribesByCampaign_StringResult);
}

int
__jango__Reports_GetUnsubscribesByCampaign_XML(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesByCampaign_XML *request,
    struct _jango__Reports_GetUnsubscribesByCampaign_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetUnsubscribesByCampaign_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetUnsubscribesByCampaign_XMLResult));
	return report_xml(soap, &by_campaign, &call,
	    &response->Reports_GetUnsubscribesByCampaign_XMLResult->__any);
}

int
__jango__Reports_GetUnsubscribesByCampaign_DataSet(struct soap *soap,
    struct _jango__Reports_GetUnsubscribesByCampaign_DataSet *request,
    struct _jango__Reports_GetUnsubscribesByCampaign_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetUnsubscribesByCampaign_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetUnsubscribesByCampaign_DataSetResult));
	return report_dataset(soap, &by_campaign, &call,
	    &response->Reports_GetUnsubscribesByCampaign_DataSetResult->__any);
}
