/* Groups_EditMember_ByAddress and Groups_EditMember_ByID: one operation, the member named by address or by id. */
#include "services/soap/operation.h"

#include <inttypes.h>

#include "db/email_group_field.h"

#include "services/soap/field_name.h"

struct edit_request {
	const char *group_name;
	const char *address; /* NULL: by id */
	int32_t member_id;
	const char *field_name;
	const char *value;
};

static int
throw_no_member(struct soap *soap, const struct email_group_edit *edit)
{
	if (edit->address != NULL)
		return exception_throw(soap, EXCEPTION_GROUP_MEMBER_NOT_FOUND,
		    "The group has no member \"%.255s\".", edit->address);
	return exception_throw(soap, EXCEPTION_GROUP_MEMBER_NOT_FOUND,
	    "The group has no member with the GroupMemberID %" PRId32 ".", edit->member_id);
}

/* The field or the address, and what it becomes. False: thrown. */
static bool
edit_value_set(struct soap *soap, const struct edit_request *request, struct email_group_edit *edit)
{
	edit->field_name = operation_trimmed(soap, request->field_name);
	edit->value = operation_text(request->value);
	if (!field_name_is_address(edit->field_name))
		return true;
	edit->field_name = NULL;
	edit->value = operation_address(soap, "NewFieldValue", request->value);
	return edit->value != NULL;
}

static int
member_edit(struct soap *soap, struct operation *operation, const struct edit_request *request,
    char **result)
{
	struct email_group_edit edit = {
	    .group_name = operation_trimmed(soap, request->group_name),
	    .address = request->address != NULL ? operation_trimmed(soap, request->address) : NULL,
	    .member_id = request->member_id,
	};
	int32_t member_id = 0;
	enum email_group_change change;
	struct error error;
	enum db_status status;

	if (!edit_value_set(soap, request, &edit))
		return soap->error;
	status = email_group_member_edit(
	    operation->database, operation->account_id, &edit, &member_id, &change, &error);
	if (status == DB_STATUS_UNIQUE)
		return exception_throw(soap, EXCEPTION_DUPLICATE_EMAIL_ADDRESS,
		    "\"%s\" is a member of the group already.", edit.value);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	switch (change) {
	case EMAIL_GROUP_NO_GROUP:
		return operation_throw_no_group(soap, request->group_name);
	case EMAIL_GROUP_NO_FIELD:
		return operation_throw_no_field(soap, request->field_name);
	case EMAIL_GROUP_NO_MEMBER:
		return throw_no_member(soap, &edit);
	case EMAIL_GROUP_CHANGED:
		break;
	}
	return operation_succeed(soap, result, member_id);
}

int
__jango__Groups_EditMember_ByAddress(struct soap *soap,
    struct _jango__Groups_EditMember_ByAddress *request,
    struct _jango__Groups_EditMember_ByAddressResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct edit_request edit = {
	    .group_name = request->GroupName,
	    .address = operation_text(request->EmailAddress),
	    .field_name = request->FieldName,
	    .value = request->NewFieldValue,
	};

	if (operation == NULL)
		return soap->error;
	return member_edit(soap, operation, &edit, &response->Groups_EditMember_ByAddressResult);
}

int
__jango__Groups_EditMember_ByID(struct soap *soap, struct _jango__Groups_EditMember_ByID *request,
    struct _jango__Groups_EditMember_ByIDResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct edit_request edit = {
	    .group_name = request->GroupName,
	    .member_id = request->GroupMemberID,
	    .field_name = request->FieldName,
	    .value = request->NewFieldValue,
	};

	if (operation == NULL)
		return soap->error;
	return member_edit(soap, operation, &edit, &response->Groups_EditMember_ByIDResult);
}
