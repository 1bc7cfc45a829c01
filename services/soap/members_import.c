/* ImportGroupMembersFromData, and what it has in common with its sister. */
#include "services/soap/members_import.h"

#include <stdarg.h>

#include "db/email_group_import.h"

#include "services/soap/delimited_text.h"
#include "services/soap/email_address.h"
#include "services/soap/field_name.h"
#include "services/soap/field_names.h"
#include "services/soap/operation.h"
#include "services/soap/text_list.h"

enum { IMPORT_BAD_ROWS_TOLD = 10 };

/* What the columns are. */
struct columns {
	GPtrArray *fields; /* names of all but the address */
	guint address;     /* where that is */
};

/* Bad rows: the first one's kind, and what is wrong with the first few. */
struct bad_rows {
	enum exception exception;
	GString *told;
	unsigned count;
};

static struct columns
columns_of(const char *field_names)
{
	struct columns columns = {.fields = text_list_split(field_names, ",")};
	static const char *const meanings[] = {"EmailAddress", "Email"};

	for (size_t m = 0; m < G_N_ELEMENTS(meanings); m++) {
		for (guint i = 0; i < columns.fields->len; i++) {
			if (g_ascii_strcasecmp(columns.fields->pdata[i], meanings[m]) != 0)
				continue;
			g_ptr_array_remove_index(columns.fields, i);
			columns.address = i;
			return columns;
		}
	}
	return columns;
}

static void __attribute__((format(printf, 4, 5)))
bad_row_add(struct bad_rows *bad, unsigned row, enum exception exception, const char *format, ...)
{
	va_list arguments;

	if (bad->count++ == 0)
		bad->exception = exception;
	if (bad->count > IMPORT_BAD_ROWS_TOLD)
		return;
	va_start(arguments, format);
	g_string_append_printf(bad->told, "%sow %u: ", bad->count == 1 ? "R" : "; r", row);
	g_string_append_vprintf(bad->told, format, arguments);
	va_end(arguments);
}

/* The row's address, trimmed, taken out of the values; NULL: the row is bad. g_free. */
static char *
row_address(const struct delimited_reader *reader, const struct columns *columns, GPtrArray *values,
    struct bad_rows *bad)
{
	struct error error;
	char *address;

	if (values->len != columns->fields->len + 1) {
		bad_row_add(bad, reader->row, EXCEPTION_INVALID_FIELD_COUNT,
		    "there are %u columns, not %u", values->len, columns->fields->len + 1);
		return NULL;
	}
	address = g_strstrip(g_ptr_array_steal_index(values, columns->address));
	if (email_address_check(address, &error))
		return address;
	bad_row_add(
	    bad, reader->row, EXCEPTION_INVALID_EMAIL_ADDRESS, "\"%.80s\" %s", address, error.text);
	g_free(address);
	return NULL;
}

static int
throw_bad_rows(struct soap *soap, const struct bad_rows *bad)
{
	if (bad->count > IMPORT_BAD_ROWS_TOLD)
		g_string_append_printf(
		    bad->told, "; and %u more", bad->count - IMPORT_BAD_ROWS_TOLD);
	return exception_throw(soap, bad->exception, "%s. Nothing was imported.", bad->told->str);
}

/* Whether every row can be imported; if not, thrown. */
static bool
rows_check(struct soap *soap, const char *data, const struct delimited_format *format,
    const struct columns *columns)
{
	struct bad_rows bad = {.told = g_string_new(NULL)};
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader;
	enum delimited_outcome outcome;

	delimited_reader_init(&reader, data, format);
	while ((outcome = delimited_reader_next(&reader, values)) == DELIMITED_ROW)
		g_free(row_address(&reader, columns, values, &bad));
	if (outcome == DELIMITED_UNCLOSED)
		bad_row_add(&bad, reader.row, EXCEPTION_INVALID_IMPORT_DATA,
		    "a value begins with the text qualifier and does not end with it");
	if (bad.count > 0)
		throw_bad_rows(soap, &bad);
	else if (reader.row == 0)
		exception_throw(soap, EXCEPTION_INVALID_IMPORT_DATA, "There is no row to import.");
	g_ptr_array_unref(values);
	g_string_free(bad.told, TRUE);
	return soap->error == SOAP_OK;
}

/* Into an import begun, rows that were checked. */
static enum db_status
rows_import(struct email_group_import *import, const char *data,
    const struct delimited_format *format, const struct columns *columns, struct error *error)
{
	struct bad_rows bad = {0};
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader;
	enum db_status status = DB_STATUS_OK;

	delimited_reader_init(&reader, data, format);
	while (status == DB_STATUS_OK && delimited_reader_next(&reader, values) == DELIMITED_ROW) {
		char *address = row_address(&reader, columns, values, &bad);

		status = email_group_import_add(
		    import, address, (const char *const *)values->pdata, error);
		g_free(address);
	}
	g_ptr_array_unref(values);
	if (status == DB_STATUS_OK)
		return email_group_import_commit(import, error);
	email_group_import_abandon(import);
	return status;
}

static int
rows_store(struct soap *soap, struct operation *operation, const struct members_import *given,
    const struct delimited_format *format, const struct columns *columns, char **result)
{
	struct email_group_import *import;
	int32_t group_id;
	struct error error;
	enum db_status status;

	if (!operation_find_group(soap, operation, given->group_name, &group_id))
		return soap->error;
	status = email_group_import_begin(operation->database, operation->account_id, group_id,
	    (const char *const *)columns->fields->pdata, columns->fields->len, &import, &error);
	if (status == DB_STATUS_OK)
		status = rows_import(import, given->data, format, columns, &error);
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
	struct columns columns;

	if (!delimited_format_is_good(&format))
		return exception_throw(soap, EXCEPTION_INVALID_IMPORT_DATA,
		    "ColumnDelimiter, RowDelimiter and TextQualifier cannot be told from each other.");
	columns = columns_of(operation_text(import->field_names));
	if (field_names_check(soap, operation, columns.fields) &&
	    rows_check(soap, import->data, &format, &columns))
		rows_store(soap, operation, import, &format, &columns, result);
	g_ptr_array_unref(columns.fields);
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
