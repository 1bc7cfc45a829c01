/* The text form of reports. */
#include "services/soap/report_writer_private.h"

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

static void
text_begin(struct report_writer *writer)
{
	struct report_delimiters *delimiters = &writer->delimiters;

	delimiters->row = delimiter_meant(delimiters->row);
	delimiters->column = delimiter_meant(delimiters->column);
}

static void
qualified_add(GString *text, const char *value, const char *qualifier)
{
	size_t length = strlen(qualifier);
	const char *next;

	g_string_append(text, qualifier);
	while ((next = strstr(value, qualifier)) != NULL) {
		next += length;
		g_string_append_len(text, value, next - value);
		g_string_append(text, qualifier);
		value = next;
	}
	g_string_append(text, value);
	g_string_append(text, qualifier);
}

static void
text_add(struct report_writer *writer, size_t column, const char *value)
{
	const struct report_delimiters *delimiters = &writer->delimiters;

	if (column > 0)
		g_string_append(writer->text, delimiters->column);
	else if (writer->rows > 0)
		g_string_append(writer->text, delimiters->row);
	if (writer->columns[column].type == REPORT_BOOLEAN)
		value = strcmp(value, "true") == 0 ? "True" : "False";
	if (*delimiters->qualifier == '\0')
		g_string_append(writer->text, value);
	else
		qualified_add(writer->text, value, delimiters->qualifier);
}

const struct report_form_calls report_form_text = {.begin = text_begin, .add = text_add};
