#include "server/suppression_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "db/suppression_entry.h"
#include "services/soap/date_parameter.h"
#include "services/soap/email_address.h"

#include "server/command_json.h"
#include "server/import_source.h"
#include "server/suppression_choice.h"

enum { BAD_ROWS_TOLD = 10, SMTP_CODE_MIN = 200, SMTP_CODE_MAX = 599 };

const char *const suppression_column_names[SUPPRESSION_COLUMNS] = {
    [SUPPRESSION_COLUMN_ADDRESS] = "EmailAddress",
    [SUPPRESSION_COLUMN_KIND] = "Kind",
    [SUPPRESSION_COLUMN_SMTP_CODE] = "SMTPCode",
    [SUPPRESSION_COLUMN_STATUS_CODE] = "StatusCode",
    [SUPPRESSION_COLUMN_SINCE] = "Since",
};

/* Where the columns are that are known; -1: there is none. */
struct suppression_columns {
	int at[SUPPRESSION_COLUMNS];
	guint count;                  /* of all columns */
	enum suppression_lists lists; /* what --kind says */
};

static int
column_find(const GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (g_ascii_strcasecmp(names->pdata[i], name) == 0)
			return (int)i;
	return -1;
}

static bool
columns_find(const struct command_call *call, const struct import_source *source,
    struct suppression_columns *columns, struct error *error)
{
	int *at = columns->at;

	columns->count = source->names->len;
	columns->lists = call->chosen;
	for (int i = 0; i < SUPPRESSION_COLUMNS; i++)
		at[i] = source->is_headless
		    ? -1
		    : column_find(source->names, suppression_column_names[i]);
	if (at[SUPPRESSION_COLUMN_ADDRESS] < 0)
		at[SUPPRESSION_COLUMN_ADDRESS] = column_find(source->names, "Email");
	if (at[SUPPRESSION_COLUMN_ADDRESS] < 0)
		at[SUPPRESSION_COLUMN_ADDRESS] = 0;
	if (source->is_headless && columns->count > 1)
		return error_set(error,
		    "%s: the first row is to name the columns (EmailAddress,Kind), but there is an address in it",
		    call->operand[0]);
	if (columns->lists == LISTS_BOTH && at[SUPPRESSION_COLUMN_KIND] < 0)
		return error_set(error,
		    "%s has no column Kind: --kind bounce or unsubscribe says which list it is",
		    call->operand[0]);
	return true;
}

static const char *
row_value(const struct suppression_columns *columns, const GPtrArray *values,
    enum suppression_column column)
{
	return columns->at[column] < 0 ? "" : g_strstrip(values->pdata[columns->at[column]]);
}

static bool
row_read_kind(const char *word, const struct suppression_columns *columns,
    struct suppression_entry_row *row, struct error *error)
{
	enum suppression_lists lists = columns->lists;

	if (columns->at[SUPPRESSION_COLUMN_KIND] >= 0 && !suppression_lists_parse(word, &lists))
		return error_set(error, "\"%.40s\" is neither bounce nor unsubscribe", word);
	if (columns->lists != LISTS_BOTH && columns->lists != lists)
		return error_set(error, "it is of the other list than --kind says");
	row->kind = lists == LISTS_BOUNCE ? SUPPRESSION_BOUNCE : SUPPRESSION_UNSUBSCRIBE;
	return true;
}

/* "5.1.1", as RFC 3463 2 has it, or nothing. */
static bool
status_code_is_good(const char *text)
{
	return *text == '\0' ||
	    (strlen(text) < SUPPRESSION_STATUS_CODE_SIZE &&
		g_regex_match_simple("^[245]\\.\\d{1,3}\\.\\d{1,3}$", text, 0, 0));
}

/* row: points into values. error: the end of a sentence about the row. */
static bool
row_read(const struct suppression_columns *columns, const GPtrArray *values,
    struct suppression_entry_row *row, struct error *error)
{
	struct error why;
	const char *since;
	bool is_day;

	*row = (struct suppression_entry_row){.kind = SUPPRESSION_BOUNCE};
	if (values->len != columns->count)
		return error_set(
		    error, "there are %u columns, not %u", values->len, columns->count);
	row->address = row_value(columns, values, SUPPRESSION_COLUMN_ADDRESS);
	row->smtp_code = row_value(columns, values, SUPPRESSION_COLUMN_SMTP_CODE);
	row->status_code = row_value(columns, values, SUPPRESSION_COLUMN_STATUS_CODE);
	since = row_value(columns, values, SUPPRESSION_COLUMN_SINCE);
	if (!email_address_check(row->address, &why))
		return error_set(error, "\"%.80s\" %s", row->address, why.text);
	if (*row->smtp_code != '\0' &&
	    !g_ascii_string_to_signed(row->smtp_code, 10, SMTP_CODE_MIN, SMTP_CODE_MAX, NULL, NULL))
		return error_set(error, "\"%.40s\" is no SMTP reply code", row->smtp_code);
	if (!status_code_is_good(row->status_code))
		return error_set(
		    error, "\"%.40s\" is no status code such as 5.1.1", row->status_code);
	if (*since != '\0' && !date_parameter_parse(since, &row->since, &is_day))
		return error_set(
		    error, "\"%.60s\" is no date or time such as 2026-03-19T14:05:00Z", since);
	return row_read_kind(
	    row_value(columns, values, SUPPRESSION_COLUMN_KIND), columns, row, error);
}

/* Whether every row can be imported. */
static bool
rows_check(const char *path, const struct delimited_reader *start,
    const struct suppression_columns *columns, struct error *error)
{
	g_autoptr(GString) told = g_string_new(NULL);
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader = *start;
	struct suppression_entry_row row;
	enum delimited_outcome outcome;
	unsigned bad = 0;

	while ((outcome = delimited_reader_next(&reader, values)) == DELIMITED_ROW) {
		if (row_read(columns, values, &row, error))
			continue;
		if (bad++ < BAD_ROWS_TOLD)
			g_string_append_printf(
			    told, "%srow %u: %s", bad == 1 ? "" : "; ", reader.row, error->text);
	}
	if (outcome == DELIMITED_UNCLOSED)
		return error_set(error, "%s: a value in row %u has no double quote at its end",
		    path, reader.row);
	if (bad > BAD_ROWS_TOLD)
		g_string_append_printf(told, "; and %u more", bad - BAD_ROWS_TOLD);
	if (bad > 0)
		return error_set(error, "%s: nothing was imported: %s", path, told->str);
	return reader.row > start->row || error_set(error, "%s has no row to import", path);
}

static enum db_status
rows_store(struct suppression_import *import, struct import_source *source,
    const struct suppression_columns *columns, unsigned *rows, int64_t *added, struct error *error)
{
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader = source->reader;
	enum db_status status = DB_STATUS_OK;

	while (status == DB_STATUS_OK && delimited_reader_next(&reader, values) == DELIMITED_ROW) {
		struct suppression_entry_row row;

		status = row_read(columns, values, &row, error)
		    ? suppression_import_add(import, &row, error)
		    : DB_STATUS_FAILED;
		++*rows;
		import_source_show(source, &reader);
	}
	if (status == DB_STATUS_OK)
		return suppression_import_commit(import, added, error);
	suppression_import_abandon(import);
	return status;
}

static void
import_tell(const struct command_call *call, unsigned rows, int64_t added)
{
	if (call->options->json) {
		JsonObject *object = json_object_new();

		command_json_add_text(object, "action", "import");
		json_object_set_int_member(object, "rows", rows);
		json_object_set_int_member(object, "added", added);
		command_json_print_document(object);
	} else {
		printf("%u row%s read, %" PRId64 " new\n", rows, rows == 1 ? "" : "s", added);
	}
}

static bool
import_store(const struct command_call *call, struct import_source *source,
    const struct suppression_columns *columns, struct error *error)
{
	struct suppression_import *import;
	unsigned rows = 0;
	int64_t added = 0;
	enum db_status status =
	    suppression_import_begin(call->connection, call->account_id, &import, error);

	if (status == DB_STATUS_OK)
		status = rows_store(import, source, columns, &rows, &added, error);
	progress_end(&source->progress);
	if (status == DB_STATUS_OK)
		import_tell(call, rows, added);
	return status == DB_STATUS_OK;
}

bool
suppression_file_import(const struct command_call *call, struct error *error)
{
	struct import_source source;
	struct suppression_columns columns;
	bool done;

	if (!import_source_open(&source, call->operand[0], error))
		return false;
	if (source.is_headless)
		import_source_rewind(&source);
	done = columns_find(call, &source, &columns, error) &&
	    rows_check(call->operand[0], &source.reader, &columns, error) &&
	    import_store(call, &source, &columns, error);
	import_source_clear(&source);
	return done;
}
