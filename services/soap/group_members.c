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

REPORT_AS_TEXT(Groups_GetMembers_String, members_all, .group_name = request->GroupName)
REPORT_AS_XML(Groups_GetMembers_XML, members_all, .group_name = request->GroupName)
REPORT_AS_DATASET(Groups_GetMembers_DataSet, members_all, .group_name = request->GroupName)
REPORT_AS_XML(Groups_GetMember_ByAddress_XML, member_by_address, .group_name = request->GroupName,
    .email_address = request->EmailAddress)
REPORT_AS_DATASET(Groups_GetMember_ByAddress_DataSet, member_by_address,
    .group_name = request->GroupName, .email_address = request->EmailAddress)
REPORT_AS_XML(Groups_GetMember_ByID_XML, member_by_id, .group_name = request->GroupName,
    .email_id = request->EmailID)
REPORT_AS_DATASET(Groups_GetMember_ByID_DataSet, member_by_id, .group_name = request->GroupName,
    .email_id = request->EmailID)
