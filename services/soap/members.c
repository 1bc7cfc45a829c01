/* Members of e-mail groups: IsMemberInGroup, GetGroupMemberCount, DeleteGroupMember. */
#include "services/soap/operation.h"

#include "db/email_group_member.h"

int
__jango__IsMemberInGroup(struct soap *soap, struct _jango__IsMemberInGroup *request,
    struct _jango__IsMemberInGroupResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	char *address;
	int32_t group_id;
	bool exists;
	struct error error;
	enum db_status status;

	if (operation == NULL ||
	    !operation_find_group(soap, operation, request->GroupName, &group_id))
		return soap->error;
	address = operation_trimmed(soap, request->EmailAddress);
	status = email_group_member_exists(
	    operation->database, operation->account_id, group_id, address, &exists, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	response->IsMemberInGroupResult = exists ? xsd__boolean__true_ : xsd__boolean__false_;
	return SOAP_OK;
}

int
__jango__GetGroupMemberCount(struct soap *soap, struct _jango__GetGroupMemberCount *request,
    struct _jango__GetGroupMemberCountResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	int32_t group_id;
	int64_t count;
	struct error error;
	enum db_status status;

	if (operation == NULL ||
	    !operation_find_group(soap, operation, request->GroupName, &group_id))
		return soap->error;
	status = email_group_member_count(
	    operation->database, operation->account_id, group_id, &count, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	response->GetGroupMemberCountResult = (int)count;
	return SOAP_OK;
}

int
__jango__DeleteGroupMember(struct soap *soap, struct _jango__DeleteGroupMember *request,
    struct _jango__DeleteGroupMemberResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	char *address;
	int32_t group_id, member_id;
	bool found;
	struct error error;
	enum db_status status;

	if (operation == NULL ||
	    !operation_find_group(soap, operation, request->GroupName, &group_id))
		return soap->error;
	address = operation_trimmed(soap, request->EmailAddress);
	status = email_group_member_delete(operation->database, operation->account_id, group_id,
	    address, &member_id, &found, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (!found)
		return exception_throw(soap, EXCEPTION_GROUP_MEMBER_NOT_FOUND,
		    "The group has no member \"%.255s\".", address);
	return operation_succeed(soap, &response->DeleteGroupMemberResult, member_id);
}
