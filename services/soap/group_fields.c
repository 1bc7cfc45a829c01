/* Fields of e-mail groups: AddGroupField, AddGroupField_Big, DeleteGroupField, GetGroupFieldList. */
#include "services/soap/operation.h"

#include "db/email_group_field.h"
#include "db/email_group_report.h"

#include "services/soap/field_name.h"

struct field_request {
	const char *group_name;
	const char *field_name;
};

/* The new field's name; NULL when it is none: thrown. */
static const char *
new_field_name(struct soap *soap, const char *name)
{
	char *field_name = operation_trimmed(soap, name);
	struct error error;

	if (!field_name_check(field_name, &error)) {
		exception_throw(
		    soap, EXCEPTION_INVALID_GROUP_FIELD, "The field's name %s.", error.text);
		return NULL;
	}
	if (field_name_is_address(field_name)) {
		exception_throw(soap, EXCEPTION_DUPLICATE_GROUP_FIELD,
		    "\"%s\" is the address itself, which each group has.", field_name);
		return NULL;
	}
	return field_name;
}

static int
field_add(struct soap *soap, struct operation *operation, const struct field_request *request,
    char **result)
{
	const char *field_name = new_field_name(soap, request->field_name);
	int32_t position = 0;
	enum email_group_change change;
	struct error error;
	enum db_status status;

	if (field_name == NULL)
		return soap->error;
	status = email_group_field_add(operation->database, operation->account_id,
	    operation_trimmed(soap, request->group_name), field_name, &position, &change, &error);
	if (status == DB_STATUS_UNIQUE)
		return exception_throw(soap, EXCEPTION_DUPLICATE_GROUP_FIELD,
		    "The group has a field named \"%s\" already.", field_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (change == EMAIL_GROUP_NO_GROUP)
		return operation_throw_no_group(soap, request->group_name);
	return operation_succeed(soap, result, position);
}

int
__jango__AddGroupField(struct soap *soap, struct _jango__AddGroupField *request,
    struct _jango__AddGroupFieldResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct field_request field = {request->GroupName, request->FieldName};

	if (operation == NULL)
		return soap->error;
	return field_add(soap, operation, &field, &response->AddGroupFieldResult);
}

int
__jango__AddGroupField_Big(struct soap *soap, struct _jango__AddGroupField_Big *request,
    struct _jango__AddGroupField_BigResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct field_request field = {request->GroupName, request->FieldName};

	if (operation == NULL)
		return soap->error;
	return field_add(soap, operation, &field, &response->AddGroupField_BigResult);
}

int
__jango__DeleteGroupField(struct soap *soap, struct _jango__DeleteGroupField *request,
    struct _jango__DeleteGroupFieldResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	int32_t position = 0;
	enum email_group_change change;
	struct error error;
	enum db_status status;

	if (operation == NULL)
		return soap->error;
	status = email_group_field_delete(operation->database, operation->account_id,
	    operation_trimmed(soap, request->GroupName),
	    operation_trimmed(soap, request->FieldName), &position, &change, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	if (change == EMAIL_GROUP_NO_GROUP)
		return operation_throw_no_group(soap, request->GroupName);
	if (change == EMAIL_GROUP_NO_FIELD)
		return operation_throw_no_field(soap, request->FieldName);
	return operation_succeed(soap, &response->DeleteGroupFieldResult, position);
}

int
__jango__GetGroupFieldList(struct soap *soap, struct _jango__GetGroupFieldList *request,
    struct _jango__GetGroupFieldListResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	int32_t group_id;
	struct email_group_fields fields;
	struct error error;
	enum db_status status;
	char *names;
	GString *text;

	if (operation == NULL ||
	    !operation_find_group(soap, operation, request->GroupName, &group_id))
		return soap->error;
	status = email_group_fields_read(
	    operation->database, operation->account_id, group_id, &fields, &error);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	names = g_strjoinv("\n", fields.names);
	text = g_string_new("0\nSUCCESS\n");
	g_string_append(text, names);
	g_free(names);
	email_group_fields_clear(&fields);
	return operation_answer(soap, &response->GetGroupFieldListResult, text);
}
