/* AddTransactionalGroup, DeleteTransactionalGroup, GetTransactionalGroupID, TransactionalGroups_Rename,
 * TransactionalGroups_GetList_String, TransactionalGroups_GetList_XML. */
#include "services/soap/report.h"

#include "db/transactional_group.h"

/* The name of a group to be: none may be called as the default group is. NULL: thrown. */
static const char *
new_group_name(struct soap *soap, const char *name)
{
	const char *trimmed = operation_group_name(soap, name);

	if (trimmed == NULL || g_ascii_strcasecmp(trimmed, TRANSACTIONAL_GROUP_DEFAULT_NAME) != 0)
		return trimmed;
	exception_throw(soap, EXCEPTION_DEFAULT_GROUP_NAME,
	    "No group can be named \"" TRANSACTIONAL_GROUP_DEFAULT_NAME "\".");
	return NULL;
}

static bool
find_group(struct soap *soap, struct operation *operation, const char *name,
    struct transactional_group *group)
{
	struct error error;
	bool found;
	enum db_status status = transactional_group_find_name(operation->database,
	    operation->account_id, operation_trimmed(soap, name), group, &found, &error);

	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!found)
		operation_throw_no_group(soap, name);
	return status == DB_STATUS_OK && found;
}

static int
throw_duplicate(struct soap *soap, const char *name)
{
	return exception_throw(soap, EXCEPTION_DUPLICATE_GROUP_NAME,
	    "There is a transactional group named \"%s\" already.", name);
}

int
__jango__AddTransactionalGroup(struct soap *soap, struct _jango__AddTransactionalGroup *request,
    struct _jango__AddTransactionalGroupResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const char *name;
	int32_t group_id;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	name = new_group_name(soap, request->GroupName);
	if (name == NULL)
		return soap->error;
	status = transactional_group_create(
	    operation->database, operation->account_id, name, &group_id, &error);
	if (status == DB_STATUS_UNIQUE)
		return throw_duplicate(soap, name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(soap, &response->AddTransactionalGroupResult, group_id);
}

int
__jango__GetTransactionalGroupID(struct soap *soap, struct _jango__GetTransactionalGroupID *request,
    struct _jango__GetTransactionalGroupIDResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct transactional_group group;

	if (operation == NULL || !find_group(soap, operation, request->GroupName, &group))
		return soap->error;
	return operation_succeed(soap, &response->GetTransactionalGroupIDResult, group.group_id);
}

int
__jango__DeleteTransactionalGroup(struct soap *soap,
    struct _jango__DeleteTransactionalGroup *request,
    struct _jango__DeleteTransactionalGroupResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct transactional_group group;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL || !find_group(soap, operation, request->GroupName, &group))
		return soap->error;
	if (group.is_default)
		return exception_throw(soap, EXCEPTION_DEFAULT_GROUP_NAME,
		    "The default transactional group cannot be deleted.");
	status = transactional_group_delete(
	    operation->database, operation->account_id, group.group_id, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->GroupName);
	return operation_succeed(soap, &response->DeleteTransactionalGroupResult, group.group_id);
}

int
__jango__TransactionalGroups_Rename(struct soap *soap,
    struct _jango__TransactionalGroups_Rename *request,
    struct _jango__TransactionalGroups_RenameResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	struct transactional_group group;
	const char *new_name;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL || !find_group(soap, operation, request->OldGroupName, &group))
		return soap->error;
	if (group.is_default)
		return exception_throw(soap, EXCEPTION_DEFAULT_GROUP_NAME,
		    "The default transactional group cannot be renamed.");
	new_name = new_group_name(soap, request->NewGroupName);
	if (new_name == NULL)
		return soap->error;
	status = transactional_group_rename(
	    operation->database, operation->account_id, group.group_id, new_name, &found, &error);
	if (status == DB_STATUS_UNIQUE)
		return throw_duplicate(soap, new_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return operation_throw_no_group(soap, request->OldGroupName);
	return operation_succeed(soap, &response->TransactionalGroups_RenameResult, group.group_id);
}

static const struct report_column columns[] = {
    {"GroupID", REPORT_INT}, {"GroupName", REPORT_STRING}};

static bool
add_group(void *arg, int32_t group_id, const char *name)
{
	char id[DB_NUMBER_SIZE];
	const char *const values[] = {db_number(group_id, id), name};

	return report_writer_add(arg, values);
}

static bool
read_groups(struct soap *soap, struct operation *operation, const struct report_call *call,
    struct report_writer *writer)
{
	struct error error;

	(void)call;
	return report_read_ended(soap,
	    transactional_group_list(
		operation->database, operation->account_id, add_group, writer, &error),
	    &error);
}

static const struct report groups = {
    "Groups", columns, G_N_ELEMENTS(columns), read_groups, REPORT_OF_PRIMARY};

REPORT_AS_TEXT(TransactionalGroups_GetList_String, groups, REPORT_NO_PARAMETERS)
REPORT_AS_XML(TransactionalGroups_GetList_XML, groups, REPORT_NO_PARAMETERS)
