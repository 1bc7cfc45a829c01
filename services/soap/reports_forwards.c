/*
 * Reports_GetForwards and Reports_GetReplies, each _String, _XML and _DataSet. Neither comes by way of this server, so they have no
 * rows.
 */
#include "services/soap/report.h"

static const struct report_column forward_columns[] = {{"EmailAddress", REPORT_STRING},
    {"ForwardedTo", REPORT_STRING}, {"ForwardDateTime", REPORT_DATE_TIME}};
static const struct report_column reply_columns[] = {
    {"EmailAddress", REPORT_STRING}, {"ReplyDateTime", REPORT_DATE_TIME}};

static const struct report forwards = {"Forwards", forward_columns, G_N_ELEMENTS(forward_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};
static const struct report replies = {"Replies", reply_columns, G_N_ELEMENTS(reply_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};

int
__jango__Reports_GetForwards_String(struct soap *soap,
    struct _jango__Reports_GetForwards_String *request,
    struct _jango__Reports_GetForwards_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &forwards, &call, &delimiters, &response->Reports_GetForwards_StringResult);
}

int
__jango__Reports_GetForwards_XML(struct soap *soap, struct _jango__Reports_GetForwards_XML *request,
    struct _jango__Reports_GetForwards_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetForwards_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetForwards_XMLResult));
	return report_xml(soap, &forwards, &call, &response->Reports_GetForwards_XMLResult->__any);
}

int
__jango__Reports_GetForwards_DataSet(struct soap *soap,
    struct _jango__Reports_GetForwards_DataSet *request,
    struct _jango__Reports_GetForwards_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetForwards_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetForwards_DataSetResult));
	return report_dataset(
	    soap, &forwards, &call, &response->Reports_GetForwards_DataSetResult->__any);
}

int
__jango__Reports_GetReplies_String(struct soap *soap,
    struct _jango__Reports_GetReplies_String *request,
    struct _jango__Reports_GetReplies_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &replies, &call, &delimiters, &response->Reports_GetReplies_StringResult);
}

int
__jango__Reports_GetReplies_XML(struct soap *soap, struct _jango__Reports_GetReplies_XML *request,
    struct _jango__Reports_GetReplies_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetReplies_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetReplies_XMLResult));
	return report_xml(soap, &replies, &call, &response->Reports_GetReplies_XMLResult->__any);
}

int
__jango__Reports_GetReplies_DataSet(struct soap *soap,
    struct _jango__Reports_GetReplies_DataSet *request,
    struct _jango__Reports_GetReplies_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetReplies_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetReplies_DataSetResult));
	return report_dataset(
	    soap, &replies, &call, &response->Reports_GetReplies_DataSetResult->__any);
}
