#include "services/soap/text_rows.h"

#include <string.h>

static const char *
delimiter_meant(const char *given)
{
	static const struct {
		const char *code, *meaning;
	} codes[] = {{"n", "\n"}, {"t", "\t"}, {"s", " "}, {"c", ","}};

	for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
		if (strcmp(given, codes[i].code) == 0)
			return codes[i].meaning;
	return given;
}

void
text_rows_begin(struct text_rows *rows, const char *row_delimiter, const char *column_delimiter,
    const char *qualifier)
{
	rows->row_delimiter = delimiter_meant(row_delimiter);
	rows->column_delimiter = delimiter_meant(column_delimiter);
	rows->qualifier = qualifier;
	rows->text = g_string_new(NULL);
	rows->count = 0;
}

static void
value_add(struct text_rows *rows, const char *value)
{
	size_t qualifier_length = strlen(rows->qualifier);
	const char *next;

	if (qualifier_length == 0) {
		g_string_append(rows->text, value);
		return;
	}
	g_string_append(rows->text, rows->qualifier);
	while ((next = strstr(value, rows->qualifier)) != NULL) {
		next += qualifier_length;
		g_string_append_len(rows->text, value, next - value);
		g_string_append(rows->text, rows->qualifier);
		value = next;
	}
	g_string_append(rows->text, value);
	g_string_append(rows->text, rows->qualifier);
}

void
text_rows_add(struct text_rows *rows, const char *const *values, size_t count)
{
	if (rows->count++ > 0)
		g_string_append(rows->text, rows->row_delimiter);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			g_string_append(rows->text, rows->column_delimiter);
		value_add(rows, values[i]);
	}
}
