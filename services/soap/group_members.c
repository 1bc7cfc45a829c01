/* Groups_GetMembers_String, _XML, _DataSet, and Groups_GetMember_ByAddress and Groups_GetMember_ByID, each _XML and _DataSet. */
#include "services/soap/report.h"

#include "db/email_group_report.h"

/* The address and the group's fields, none of which is called as it is. */
static GArray *
columns_of(const struct email_group_fields *fields)
{
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(struct report_column));
	struct report_column column = {report_name_encode("emailaddress"), REPORT_STRING};

	g_array_append_val(columns, column);
	for (size_t i = 0; i < fields->count; i++) {
		column.name = report_name_encode(fields->names[i]);
		g_array_append_val(columns, column);
	}
	return columns;
}

static void
columns_free(GArray *columns)
{
	for (guint i = 0; i < columns->len; i++)
		g_free((gpointer)g_array_index(columns, struct report_column, i).name);
	g_array_free(columns, TRUE);
}

struct members {
	struct report_writer *writer;
	size_t count;
};

static bool
add_member(void *arg, const char *const *values)
{
	struct members *members = arg;

	members->count++;
	return report_writer_add(members->writer, values);
}

static bool
read_selection(struct soap *soap, struct operation *operation, const struct report_call *call,
    const struct email_group_selection *selection, struct members *members)
{
	int32_t group_id;
	struct email_group_fields fields;
	GArray *columns;
	struct error error;
	enum db_status status;

	if (!operation_find_group(soap, operation, call->group_name, &group_id))
		return false;
	status = email_group_fields_read(
	    operation->database, operation->account_id, group_id, &fields, &error);
	if (!report_read_ended(soap, status, &error))
		return false;
	columns = columns_of(&fields);
	report_writer_begin(members->writer, "GroupMembers",
	    (const struct report_column *)(void *)columns->data, columns->len);
	status = email_group_member_list(operation->database, operation->account_id, group_id,
	    &fields, selection, add_member, members, &error);
	email_group_fields_clear(&fields);
	columns_free(columns);
	return report_read_ended(soap, status, &error);
}

static bool
read_all(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	const struct email_group_selection all = {0};
	struct members members = {.writer = writer};

	return read_selection(soap, operation, call, &all, &members);
}

static bool
read_by_address(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	const struct email_group_selection one = {
	    .address = operation_trimmed(soap, call->email_address)};
	struct members members = {.writer = writer};

	if (!read_selection(soap, operation, call, &one, &members))
		return false;
	if (members.count == 0)
		exception_throw(soap, EXCEPTION_GROUP_MEMBER_NOT_FOUND,
		    "The group has no member \"%.255s\".", one.address);
	return members.count > 0;
}

static bool
read_by_id(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	const struct email_group_selection one = {.member_id = call->email_id};
	struct members members = {.writer = writer};

	/* 0 would be any member. */
	if (call->email_id != 0 && !read_selection(soap, operation, call, &one, &members))
		return false;
	if (members.count == 0)
		exception_throw(soap, EXCEPTION_GROUP_MEMBER_NOT_FOUND,
		    "The group has no member with the EmailID %d.", call->email_id);
	return members.count > 0;
}

static const struct report members_all = {.row = "GroupMembers", .read = read_all};
static const struct report member_by_address = {.row = "GroupMembers", .read = read_by_address};
static const struct report member_by_id = {.row = "GroupMembers", .read = read_by_id};

int
__jango__Groups_GetMembers_String(struct soap *soap,
    struct _jango__Groups_GetMembers_String *request,
    struct _jango__Groups_GetMembers_StringResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName};
	const struct report_delimiters delimiters = {
	    request->RowDelimiter, request->ColDelimiter, request->TextQualifier};

	return report_text(
	    soap, &members_all, &call, &delimiters, &response->Groups_GetMembers_StringResult);
}

int
__jango__Groups_GetMembers_XML(struct soap *soap, struct _jango__Groups_GetMembers_XML *request,
    struct _jango__Groups_GetMembers_XMLResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName};

	response->Groups_GetMembers_XMLResult =
	    report_result(soap, sizeof(*response->Groups_GetMembers_XMLResult));
	return report_xml(soap, &members_all, &call, &response->Groups_GetMembers_XMLResult->__any);
}

int
__jango__Groups_GetMembers_DataSet(struct soap *soap,
    struct _jango__Groups_GetMembers_DataSet *request,
    struct _jango__Groups_GetMembers_DataSetResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName};

	response->Groups_GetMembers_DataSetResult =
	    report_result(soap, sizeof(*response->Groups_GetMembers_DataSetResult));
	return report_dataset(
	    soap, &members_all, &call, &response->Groups_GetMembers_DataSetResult->__any);
}

int
__jango__Groups_GetMember_ByAddress_XML(struct soap *soap,
    struct _jango__Groups_GetMember_ByAddress_XML *request,
    struct _jango__Groups_GetMember_ByAddress_XMLResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName,
	    .email_address = request->EmailAddress};

	response->Groups_GetMember_ByAddress_XMLResult =
	    report_result(soap, sizeof(*response->Groups_GetMember_ByAddress_XMLResult));
	return report_xml(soap, &member_by_address, &call,
	    &response->Groups_GetMember_ByAddress_XMLResult->__any);
}

int
__jango__Groups_GetMember_ByAddress_DataSet(struct soap *soap,
    struct _jango__Groups_GetMember_ByAddress_DataSet *request,
    struct _jango__Groups_GetMember_ByAddress_DataSetResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName,
	    .email_address = request->EmailAddress};

	response->Groups_GetMember_ByAddress_DataSetResult =
	    report_result(soap, sizeof(*response->Groups_GetMember_ByAddress_DataSetResult));
	return report_dataset(soap, &member_by_address, &call,
	    &response->Groups_GetMember_ByAddress_DataSetResult->__any);
}

int
__jango__Groups_GetMember_ByID_XML(struct soap *soap,
    struct _jango__Groups_GetMember_ByID_XML *request,
    struct _jango__Groups_GetMember_ByID_XMLResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName,
	    .email_id = request->EmailID};

	response->Groups_GetMember_ByID_XMLResult =
	    report_result(soap, sizeof(*response->Groups_GetMember_ByID_XMLResult));
	return report_xml(
	    soap, &member_by_id, &call, &response->Groups_GetMember_ByID_XMLResult->__any);
}

int
__jango__Groups_GetMember_ByID_DataSet(struct soap *soap,
    struct _jango__Groups_GetMember_ByID_DataSet *request,
    struct _jango__Groups_GetMember_ByID_DataSetResponse *response)
{
	const struct report_call call = {.username = request->Username,
	    .password = request->Password,
	    .group_name = request->GroupName,
	    .email_id = request->EmailID};

	response->Groups_GetMember_ByID_DataSetResult =
	    report_result(soap, sizeof(*response->Groups_GetMember_ByID_DataSetResult));
	return report_dataset(
	    soap, &member_by_id, &call, &response->Groups_GetMember_ByID_DataSetResult->__any);
}
