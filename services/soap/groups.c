/* E-mail groups: AddGroup, DeleteGroupByName, Groups_Rename, Groups_GetList_String, Groups_GetList_XML. */
#include "services/soap/operation.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/email_group.h"

#include "services/soap/text_rows.h"
#include "services/soap/xml_rows.h"

enum { GROUP_COLUMNS = 3 };

static const char *const group_columns[GROUP_COLUMNS] = {"GroupID", "GroupName", "MemberCount"};

static int
throw_duplicate(struct soap *soap, const char *name)
{
	return exception_throw(
	    soap, EXCEPTION_DUPLICATE_GROUP_NAME, "There is a group named \"%s\" already.", name);
}

int
__jango__AddGroup(
    struct soap *soap, struct _jango__AddGroup *request, struct _jango__AddGroupResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const char *name;
	int32_t group_id;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	name = operation_group_name(soap, request->GroupName);
	if (name == NULL)
		return soap->error;
	status =
	    email_group_create(operation->database, operation->account_id, name, &group_id, &error);
	if (status == DB_STATUS_UNIQUE)
		return throw_duplicate(soap, name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(soap, &response->AddGroupResult, group_id);
}

int
__jango__DeleteGroupByName(struct soap *soap, struct _jango__DeleteGroupByName *request,
    struct _jango__DeleteGroupByNameResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	int32_t group_id;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = email_group_delete(operation->database, operation->account_id,
	    g_strstrip(soap_strdup(soap, operation_text(request->GroupName))), &group_id, &found,
	    &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->GroupName);
	return operation_succeed(soap, &response->DeleteGroupByNameResult, group_id);
}

int
__jango__Groups_Rename(struct soap *soap, struct _jango__Groups_Rename *request,
    struct _jango__Groups_RenameResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const char *new_name;
	int32_t group_id;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	new_name = operation_group_name(soap, request->NewGroupName);
	if (new_name == NULL)
		return soap->error;
	status = email_group_rename(operation->database, operation->account_id,
	    g_strstrip(soap_strdup(soap, operation_text(request->OldGroupName))), new_name,
	    &group_id, &found, &error);
	if (status == DB_STATUS_UNIQUE)
		return throw_duplicate(soap, new_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->OldGroupName);
	return operation_succeed(soap, &response->Groups_RenameResult, group_id);
}

/* A group as the values of its row; numbers are written into the two buffers. */
struct group_row {
	char id[DB_NUMBER_SIZE];
	char members[DB_NUMBER_SIZE];
	const char *values[GROUP_COLUMNS];
};

static const char *const *
group_row_fill(struct group_row *row, int32_t group_id, const char *name, int64_t members)
{
	row->values[0] = db_number(group_id, row->id);
	row->values[1] = name;
	row->values[2] = db_number(members, row->members);
	return row->values;
}

static void
add_text_row(void *arg, int32_t group_id, const char *name, int64_t members)
{
	struct group_row row;

	text_rows_add(arg, group_row_fill(&row, group_id, name, members), GROUP_COLUMNS);
}

static void
add_xml_row(void *arg, int32_t group_id, const char *name, int64_t members)
{
	struct group_row row;

	xml_rows_add(arg, group_row_fill(&row, group_id, name, members));
}

int
__jango__Groups_GetList_String(struct soap *soap, struct _jango__Groups_GetList_String *request,
    struct _jango__Groups_GetList_StringResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct text_rows rows;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	text_rows_begin(&rows, operation_text(request->RowDelimiter),
	    operation_text(request->ColDelimiter), operation_text(request->TextQualifier));
	status = email_group_list(
	    operation->database, operation->account_id, add_text_row, &rows, &error);
	if (status != DB_STATUS_OK) {
		g_string_free(rows.text, TRUE);
		return exception_throw_database(soap, status, &error);
	}
	return operation_answer(soap, &response->Groups_GetList_StringResult, rows.text);
}

int
__jango__Groups_GetList_XML(struct soap *soap, struct _jango__Groups_GetList_XML *request,
    struct _jango__Groups_GetList_XMLResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct xml_rows *rows;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	rows = xml_rows_create("Groups", group_columns, GROUP_COLUMNS);
	status =
	    email_group_list(operation->database, operation->account_id, add_xml_row, rows, &error);
	if (status != DB_STATUS_OK) {
		xml_rows_destroy(rows);
		return exception_throw_database(soap, status, &error);
	}
	response->Groups_GetList_XMLResult =
	    soap_new__jango__Groups_GetList_XMLResponse_Groups_GetList_XMLResult(soap, 1);
	response->Groups_GetList_XMLResult->__any = xml_rows_finish(rows, soap);
	return SOAP_OK;
}
