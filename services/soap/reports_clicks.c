/*
 * Reports_GetOpens, Reports_GetAllClicks and Reports_GetClicksByURL, each _String, _XML and _DataSet. Neither opens nor clicks are
 * tracked, so they have no rows; how to sort these, and which of the times of an opening to show, does not matter.
 */
#include "services/soap/report.h"

static const struct report_column open_columns[] = {{"EmailAddress", REPORT_STRING},
    {"NumberOpens", REPORT_INT}, {"OpenDateTime", REPORT_DATE_TIME}};
static const struct report_column click_columns[] = {{"EmailAddress", REPORT_STRING},
    {"URL", REPORT_STRING}, {"LinkPosition", REPORT_INT}, {"ClickDateTime", REPORT_DATE_TIME}};

static const struct report opens = {"Opens", open_columns, G_N_ELEMENTS(open_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};
static const struct report clicks = {"Clicks", click_columns, G_N_ELEMENTS(click_columns),
    report_read_campaign_none, REPORT_OF_STANDBY};

int
__jango__Reports_GetOpens_String(struct soap *soap, struct _jango__Reports_GetOpens_String *request,
    struct _jango__Reports_GetOpens_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &opens, &call, &delimiters, &response->Reports_GetOpens_StringResult);
}

int
__jango__Reports_GetOpens_XML(struct soap *soap, struct _jango__Reports_GetOpens_XML *request,
    struct _jango__Reports_GetOpens_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetOpens_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetOpens_XMLResult));
	return report_xml(soap, &opens, &call, &response->Reports_GetOpens_XMLResult->__any);
}

int
__jango__Reports_GetOpens_DataSet(struct soap *soap,
    struct _jango__Reports_GetOpens_DataSet *request,
    struct _jango__Reports_GetOpens_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetOpens_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetOpens_DataSetResult));
	return report_dataset(
	    soap, &opens, &call, &response->Reports_GetOpens_DataSetResult->__any);
}

int
__jango__Reports_GetAllClicks_String(struct soap *soap,
    struct _jango__Reports_GetAllClicks_String *request,
    struct _jango__Reports_GetAllClicks_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &clicks, &call, &delimiters, &response->Reports_GetAllClicks_StringResult);
}

int
__jango__Reports_GetAllClicks_XML(struct soap *soap,
    struct _jango__Reports_GetAllClicks_XML *request,
    struct _jango__Reports_GetAllClicks_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetAllClicks_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetAllClicks_XMLResult));
	return report_xml(soap, &clicks, &call, &response->Reports_GetAllClicks_XMLResult->__any);
}

int
__jango__Reports_GetAllClicks_DataSet(struct soap *soap,
    struct _jango__Reports_GetAllClicks_DataSet *request,
    struct _jango__Reports_GetAllClicks_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetAllClicks_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetAllClicks_DataSetResult));
	return report_dataset(
	    soap, &clicks, &call, &response->Reports_GetAllClicks_DataSetResult->__any);
}

int
__jango__Reports_GetClicksByURL_String(struct soap *soap,
    struct _jango__Reports_GetClicksByURL_String *request,
    struct _jango__Reports_GetClicksByURL_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &clicks, &call, &delimiters, &response->Reports_GetClicksByURL_StringResult);
}

int
__jango__Reports_GetClicksByURL_XML(struct soap *soap,
    struct _jango__Reports_GetClicksByURL_XML *request,
    struct _jango__Reports_GetClicksByURL_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetClicksByURL_XMLResult =
	    report_result(soap, sizeof(*response->Reports_GetClicksByURL_XMLResult));
	return report_xml(soap, &clicks, &call, &response->Reports_GetClicksByURL_XMLResult->__any);
}

int
__jango__Reports_GetClicksByURL_DataSet(struct soap *soap,
    struct _jango__Reports_GetClicksByURL_DataSet *request,
    struct _jango__Reports_GetClicksByURL_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password, .job_id = request->JobID};

	response->Reports_GetClicksByURL_DataSetResult =
	    report_result(soap, sizeof(*response->Reports_GetClicksByURL_DataSetResult));
	return report_dataset(
	    soap, &clicks, &call, &response->Reports_GetClicksByURL_DataSetResult->__any);
}
