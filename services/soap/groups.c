/* E-mail groups: AddGroup, DeleteGroupByName, DeleteGroupByID, Groups_Rename. */
#include "services/soap/operation.h"

#include <inttypes.h>

#include "db/email_group.h"

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
	    operation_trimmed(soap, request->GroupName), &group_id, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->GroupName);
	return operation_succeed(soap, &response->DeleteGroupByNameResult, group_id);
}

int
__jango__DeleteGroupByID(struct soap *soap, struct _jango__DeleteGroupByID *request,
    struct _jango__DeleteGroupByIDResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = email_group_delete_by_id(
	    operation->database, operation->account_id, request->GroupID, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return exception_throw(soap, EXCEPTION_GROUP_NOT_FOUND,
		    "There is no group with the GroupID %" PRId32 ".", request->GroupID);
	return operation_succeed(soap, &response->DeleteGroupByIDResult, request->GroupID);
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
	    operation_trimmed(soap, request->OldGroupName), new_name, &group_id, &found, &error);
	if (status == DB_STATUS_UNIQUE)
		return throw_duplicate(soap, new_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->OldGroupName);
	return operation_succeed(soap, &response->Groups_RenameResult, group_id);
}
