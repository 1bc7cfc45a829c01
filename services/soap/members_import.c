/* ImportGroupMembersFromData, and what it has in common with its sister. */
#include "services/soap/members_import.h"

#include "db/email_group_import.h"

#include "services/soap/field_names.h"
#include "services/soap/import_rows.h"
#include "services/soap/operation.h"
#include "services/soap/text_list.h"

/* Whether every row can be imported; if not, thrown. */
static bool
rows_check(
    struct soap *soap, const struct delimited_reader *start, const struct import_columns *columns)
{
	struct exception_reason reason;
	bool good;

	exception_reason_init(&reason);
	good = import_rows_check(start, columns, &reason);
	if (!good) {
		g_string_append(reason.sentence, ". Nothing was imported.");
		exception_reason_throw(soap, &reason);
	}
	exception_reason_clear(&reason);
	return good;
}

static int
rows_store(struct soap *soap, struct operation *operation, const struct members_import *given,
    const struct delimited_reader *start, const struct import_columns *columns, char **result)
{
	struct email_group_import *import;
	int32_t group_id;
	unsigned rows;
	struct error error;
	enum db_status status;

	if (!operation_find_group(soap, operation, given->group_name, &group_id))
		return soap->error;
	status = email_group_import_begin(operation->database, operation->account_id, group_id,
	    (const char *const *)columns->fields->pdata, columns->fields->len, &import, &error);
	if (status == DB_STATUS_OK)
		status = import_rows_store(import, start, columns, NULL, NULL, &rows, &error);
	if (status == DB_STATUS_FOREIGN_KEY)
		return operation_throw_no_group(soap, given->group_name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	return operation_succeed(soap, result, group_id);
}

int
members_import(struct soap *soap, struct operation *operation, const struct members_import *import,
    char **result)
{
	const struct delimited_format format =
	    delimited_format_of(operation_text(import->column_delimiter),
		operation_text(import->row_delimiter), operation_text(import->text_qualifier));
	struct import_columns columns;
	struct delimited_reader start;

	if (!delimited_format_is_good(&format))
		return exception_throw(soap, EXCEPTION_INVALID_IMPORT_DATA,
		    "ColumnDelimiter, RowDelimiter and TextQualifier cannot be told from each other.");
	columns = import_columns_of(text_list_split(operation_text(import->field_names), ","));
	delimited_reader_init(&start, import->data, &format);
	if (field_names_check(soap, operation, columns.fields) &&
	    rows_check(soap, &start, &columns))
		rows_store(soap, operation, import, &start, &columns, result);
	import_columns_clear(&columns);
	return soap->error;
}

int
__jango__ImportGroupMembersFromData(struct soap *soap,
    struct _jango__ImportGroupMembersFromData *request,
    struct _jango__ImportGroupMembersFromDataResponse *response)
{
	struct operation *operation = operation_begin(soap, request->Username, request->Password);
	const struct members_import import = {
	    .group_name = request->GroupName,
	    .field_names = request->FieldNames,
	    .data = operation_text(request->ImportData),
	    .column_delimiter = request->ColumnDelimiter,
	    .row_delimiter = request->RowDelimiter,
	    .text_qualifier = request->TextQualifier,
	};

	if (operation == NULL)
		return soap->error;
	return members_import(
	    soap, operation, &import, &response->ImportGroupMembersFromDataResult);
}
