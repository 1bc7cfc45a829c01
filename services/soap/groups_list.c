/* Groups_GetList_String, _XML and _DataSet. */
#include "services/soap/report.h"

#include "db/email_group.h"

static const struct report_column columns[] = {
    {"GroupID", REPORT_INT}, {"GroupName", REPORT_STRING}, {"MemberCount", REPORT_INT}};

static bool
add_group(void *arg, int32_t group_id, const char *name, int64_t members)
{
	char id[DB_NUMBER_SIZE], count[DB_NUMBER_SIZE];
	const char *const values[] = {db_number(group_id, id), name, db_number(members, count)};

	return report_writer_add(arg, values);
}

static bool
read_groups(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	(void)call;
	return report_read_ended(soap,
	    email_group_list(operation->database, operation->account_id, add_group, writer, &error),
	    &error);
}

static const struct report groups = {
    "Groups", columns, G_N_ELEMENTS(columns), read_groups, REPORT_OF_PRIMARY};

int
__jango__Groups_GetList_String(struct soap *soap, struct _jango__Groups_GetList_String *request,
    struct _jango__Groups_GetList_StringResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &groups, &call, &delimiters, &response->Groups_GetList_StringResult);
}

int
__jango__Groups_GetList_XML(struct soap *soap, struct _jango__Groups_GetList_XML *request,
    struct _jango__Groups_GetList_XMLResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};

	response->Groups_GetList_XMLResult =
	    report_result(soap, sizeof(*response->Groups_GetList_XMLResult));
	return report_xml(soap, &groups, &call, &response->Groups_GetList_XMLResult->__any);
}

int
__jango__Groups_GetList_DataSet(struct soap *soap, struct _jango__Groups_GetList_DataSet *request,
    struct _jango__Groups_GetList_DataSetResponse *response)
{
	const struct report_call call = {
	    .username = request->Username, .password = request->Password};

	response->Groups_GetList_DataSetResult =
	    report_result(soap, sizeof(*response->Groups_GetList_DataSetResult));
	return report_dataset(soap, &groups, &call, &response->Groups_GetList_DataSetResult->__any);
}
