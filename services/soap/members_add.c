/* AddGroupMember and AddGroupMemberString: one operation, its fields given as arrays or as text. */
#include "services/soap/operation.h"

#include "db/email_group_member.h"

#include "services/soap/field_names.h"
#include "services/soap/text_list.h"

/* What both operations were asked for. The arrays hold strings. */
struct member_request {
	const char *group_name;
	const char *address;
	GPtrArray *names;
	GPtrArray *values;
};

static bool
fields_are_good(
    struct soap *soap, struct operation *operation, const struct member_request *request)
{
	if (request->names->len == request->values->len)
		return field_names_check(soap, operation, request->names);
	exception_throw(soap, EXCEPTION_INVALID_FIELD_COUNT,
	    "There are %u names of fields and %u values.", request->names->len,
	    request->values->len);
	return false;
}

static int
member_add(struct soap *soap, struct operation *operation, const struct member_request *request,
    char **result)
{
	struct email_group_member member = {
	    .field_names = (const char *const *)request->names->pdata,
	    .field_values = (const char *const *)request->values->pdata,
	    .field_count = request->names->len,
	};
	int32_t group_id, member_id;
	struct error error;
	enum db_status status;

	member.address = operation_address(soap, "EmailAddress", request->address);
	if (member.address == NULL || !fields_are_good(soap, operation, request) ||
	    !operation_find_group(soap, operation, request->group_name, &group_id))
		return soap->error;
	status = email_group_member_add(
	    operation->database, operation->account_id, group_id, &member, &member_id, &error);
	if (status == DB_STATUS_UNIQUE)
		return exception_throw(soap, EXCEPTION_DUPLICATE_EMAIL_ADDRESS,
		    "\"%s\" is a member of the group already.", member.address);
	if (status == DB_STATUS_FOREIGN_KEY)
		return operation_throw_no_group(soap, request->group_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(soap, result, member_id);
}

static GPtrArray *
strings_of_array(const struct jango__ArrayOfString *array)
{
	GPtrArray *strings = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; array != NULL && i < array->__sizestring; i++)
		g_ptr_array_add(strings, g_strdup(operation_text(array->string[i])));
	return strings;
}

int
__jango__AddGroupMember(struct soap *soap, struct _jango__AddGroupMember *request,
    struct _jango__AddGroupMemberResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct member_request member = {
	    .group_name = request->GroupName,
	    .address = request->EmailAddress,
	};
	int answer;

	if (operation == NULL)
		return soap->error;
	member.names = strings_of_array(request->FieldNames);
	member.values = strings_of_array(request->FieldValues);
	answer = member_add(soap, operation, &member, &response->AddGroupMemberResult);
	g_ptr_array_unref(member.names);
	g_ptr_array_unref(member.values);
	return answer;
}

int
__jango__AddGroupMemberString(struct soap *soap, struct _jango__AddGroupMemberString *request,
    struct _jango__AddGroupMemberStringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct member_request member = {
	    .group_name = request->GroupName,
	    .address = request->EmailAddress,
	};
	int answer;

	if (operation == NULL)
		return soap->error;
	member.names = text_list_split(operation_text(request->FieldNames), ",");
	member.values = text_list_split(operation_text(request->FieldValues), ",");
	/* One field with an empty value cannot be told from none by its text alone. */
	if (member.names->len == 1 && member.values->len == 0)
		g_ptr_array_add(member.values, g_strdup(""));
	answer = member_add(soap, operation, &member, &response->AddGroupMemberStringResult);
	g_ptr_array_unref(member.names);
	g_ptr_array_unref(member.values);
	return answer;
}
