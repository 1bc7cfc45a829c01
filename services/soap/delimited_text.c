#include "services/soap/delimited_text.h"

#include <string.h>

struct delimited_format
delimited_format_of(const char *column, const char *row, const char *qualifier)
{
	const struct delimited_format format = {
	    .column = *column != '\0' ? column : ",",
	    .row = row[strspn(row, "\r\n")] != '\0' ? row : NULL,
	    .qualifier = qualifier,
	};

	return format;
}

static bool
is_within(const char *one, const char *other)
{
	return strstr(one, other) != NULL || strstr(other, one) != NULL;
}

bool
delimited_format_is_good(const struct delimited_format *format)
{
	const char *row = format->row;
	bool qualified = *format->qualifier != '\0';

	if (row == NULL ? strpbrk(format->column, "\r\n") != NULL : is_within(format->column, row))
		return false;
	if (!qualified)
		return true;
	return !is_within(format->column, format->qualifier) &&
	    (row == NULL ? strpbrk(format->qualifier, "\r\n") == NULL
			 : !is_within(row, format->qualifier));
}

void
delimited_reader_init(
    struct delimited_reader *reader, const char *text, const struct delimited_format *format)
{
	static const char mark[] = "\xef\xbb\xbf";

	reader->format = format;
	reader->next = g_str_has_prefix(text, mark) ? text + strlen(mark) : text;
	reader->row = 0;
}

/* Bytes of the delimiter that starts at text; 0: none does. */
static size_t
row_end_at(const struct delimited_format *format, const char *text)
{
	if (format->row != NULL)
		return g_str_has_prefix(text, format->row) ? strlen(format->row) : 0;
	if (*text == '\n')
		return 1;
	if (*text == '\r')
		return text[1] == '\n' ? 2 : 1;
	return 0;
}

static bool
value_ends_at(const struct delimited_format *format, const char *text)
{
	return *text == '\0' || g_str_has_prefix(text, format->column) ||
	    row_end_at(format, text) > 0;
}

/* From behind the opening qualifier to behind the closing one; NULL: there is none. */
static const char *
qualified_read(const struct delimited_format *format, const char *text, GString *value)
{
	size_t length = strlen(format->qualifier);

	for (;;) {
		const char *end = strstr(text, format->qualifier);

		if (end == NULL)
			return NULL;
		g_string_append_len(value, text, end - text);
		text = end + length;
		if (!g_str_has_prefix(text, format->qualifier))
			return text;
		g_string_append(value, format->qualifier);
		text += length;
	}
}

/* To the delimiter or the end behind it; NULL: it is not closed. What follows a closing qualifier belongs to the value, white space
 * apart. */
static const char *
value_read(const struct delimited_format *format, const char *text, GString *value)
{
	const char *start = text;
	bool qualified = false;

	while ((*start == ' ' || *start == '\t') && !value_ends_at(format, start))
		start++;
	if (*format->qualifier != '\0' && g_str_has_prefix(start, format->qualifier)) {
		text = qualified_read(format, start + strlen(format->qualifier), value);
		qualified = true;
	}
	for (; text != NULL && !value_ends_at(format, text); text++)
		if (!qualified || !g_ascii_isspace(*text))
			g_string_append_c(value, *text);
	return text;
}

static bool
row_is_blank(const GPtrArray *values)
{
	const char *only = g_ptr_array_index(values, 0);

	return values->len == 1 && only[strspn(only, " \t\r\n")] == '\0';
}

/* One row, blank or not. */
static enum delimited_outcome
row_read(struct delimited_reader *reader, GPtrArray *values)
{
	const struct delimited_format *format = reader->format;
	const char *text = reader->next;

	g_ptr_array_set_size(values, 0);
	reader->row++;
	for (;;) {
		GString *value = g_string_new(NULL);

		text = value_read(format, text, value);
		g_ptr_array_add(values, g_string_free(value, FALSE));
		if (text == NULL)
			return DELIMITED_UNCLOSED;
		if (*text == '\0' || row_end_at(format, text) > 0)
			break;
		text += strlen(format->column);
	}
	reader->next = text + row_end_at(format, text);
	return DELIMITED_ROW;
}

enum delimited_outcome
delimited_reader_next(struct delimited_reader *reader, GPtrArray *values)
{
	enum delimited_outcome outcome;

	do {
		if (*reader->next == '\0')
			return DELIMITED_END;
		outcome = row_read(reader, values);
	} while (outcome == DELIMITED_ROW && row_is_blank(values));
	return outcome;
}
