#include "services/soap/import_rows.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "services/soap/email_address.h"
#include "services/soap/xml_text.h"

enum { IMPORT_BAD_ROWS_TOLD = 10 };

/* Bad rows: the first one's kind, and what is wrong with the first few. */
struct bad_rows {
	struct exception_reason *reason;
	unsigned count;
};

struct import_columns
import_columns_of(GPtrArray *names)
{
	struct import_columns columns = {.fields = names};
	static const char *const meanings[] = {"EmailAddress", "Email"};

	for (size_t m = 0; m < G_N_ELEMENTS(meanings); m++) {
		for (guint i = 0; i < names->len; i++) {
			if (g_ascii_strcasecmp(names->pdata[i], meanings[m]) != 0)
				continue;
			g_ptr_array_remove_index(names, i);
			columns.address = i;
			return columns;
		}
	}
	return columns;
}

void
import_columns_clear(struct import_columns *columns)
{
	g_ptr_array_unref(columns->fields);
}

static void __attribute__((format(printf, 4, 5)))
bad_row_add(struct bad_rows *bad, unsigned row, enum exception exception, const char *format, ...)
{
	GString *told = bad->reason->sentence;
	va_list arguments;

	if (bad->count++ == 0)
		bad->reason->exception = exception;
	if (bad->count > IMPORT_BAD_ROWS_TOLD)
		return;
	va_start(arguments, format);
	g_string_append_printf(told, "%sow %u: ", bad->count == 1 ? "R" : "; r", row);
	g_string_append_vprintf(told, format, arguments);
	va_end(arguments);
}

/* The row's address, trimmed, taken out of the values; NULL: the row is bad. g_free. */
static char *
row_address(const struct delimited_reader *reader, const struct import_columns *columns,
    GPtrArray *values, struct bad_rows *bad)
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

bool
import_rows_check(const struct delimited_reader *start, const struct import_columns *columns,
    struct exception_reason *reason)
{
	struct bad_rows bad = {.reason = reason};
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader = *start;
	enum delimited_outcome outcome;

	while ((outcome = delimited_reader_next(&reader, values)) == DELIMITED_ROW)
		g_free(row_address(&reader, columns, values, &bad));
	if (outcome == DELIMITED_UNCLOSED)
		bad_row_add(&bad, reader.row, EXCEPTION_INVALID_IMPORT_DATA,
		    "a value begins with the text qualifier and does not end with it");
	g_ptr_array_unref(values);
	if (bad.count == 0 && reader.row == start->row)
		return exception_reason_set(
		    reason, EXCEPTION_INVALID_IMPORT_DATA, "There is no row to import");
	if (bad.count > IMPORT_BAD_ROWS_TOLD)
		g_string_append_printf(
		    reason->sentence, "; and %u more", bad.count - IMPORT_BAD_ROWS_TOLD);
	return bad.count == 0;
}

enum db_status
import_rows_store(struct email_group_import *import, const struct delimited_reader *start,
    const struct import_columns *columns, import_rows_progress *progress, void *arg, unsigned *rows,
    struct error *error)
{
	struct bad_rows bad = {0};
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	struct delimited_reader reader = *start;
	enum db_status status = DB_STATUS_OK;

	*rows = 0;
	while (status == DB_STATUS_OK && delimited_reader_next(&reader, values) == DELIMITED_ROW) {
		char *address = row_address(&reader, columns, values, &bad);

		status = email_group_import_add(
		    import, address, (const char *const *)values->pdata, error);
		g_free(address);
		++*rows;
		if (progress != NULL)
			progress(arg, &reader);
	}
	g_ptr_array_unref(values);
	if (status == DB_STATUS_OK)
		return email_group_import_commit(import, error);
	email_group_import_abandon(import);
	return status;
}

GString *
import_file_read(int file, struct exception_reason *reason)
{
	GString *text = g_string_new(NULL);
	char buffer[65536];
	ssize_t length = 0;

	while (text->len <= IMPORT_FILE_BYTES) {
		length = read(file, buffer, sizeof(buffer));
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			break;
		g_string_append_len(text, buffer, length);
	}
	if (length >= 0 && text->len > IMPORT_FILE_BYTES)
		exception_reason_set(reason, EXCEPTION_INVALID_IMPORT_DATA,
		    "The file has more than %d bytes.", IMPORT_FILE_BYTES);
	else if (length >= 0 && (strlen(text->str) != text->len || !xml_text_is_clean(text->str)))
		exception_reason_set(reason, EXCEPTION_INVALID_CHARACTER_SET,
		    "The file is not UTF-8, or has control characters in it.");
	else if (length >= 0)
		return text;
	g_string_free(text, TRUE);
	return NULL;
}
