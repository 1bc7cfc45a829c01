#include "db/text_array.h"

#include <glib.h>

char *
db_text_array(const char *const *strings, size_t count)
{
	GString *literal = g_string_new("{");

	for (size_t i = 0; i < count; i++) {
		g_string_append(literal, i > 0 ? ",\"" : "\"");
		for (const char *at = strings[i]; *at != '\0'; at++) {
			if (*at == '"' || *at == '\\')
				g_string_append_c(literal, '\\');
			g_string_append_c(literal, *at);
		}
		g_string_append_c(literal, '"');
	}
	g_string_append_c(literal, '}');
	return g_string_free(literal, FALSE);
}

char *
db_text_array_of_numbers(const int32_t *numbers, size_t count)
{
	GString *literal = g_string_new("{");

	for (size_t i = 0; i < count; i++)
		g_string_append_printf(literal, i > 0 ? ",%d" : "%d", numbers[i]);
	g_string_append_c(literal, '}');
	return g_string_free(literal, FALSE);
}
