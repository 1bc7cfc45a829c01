#include "db/text_array.h"

#include <inttypes.h>

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

void
db_text_array_add_number(GString *array, int64_t number)
{
	g_string_append_printf(array, "%c%" PRId64, array->len > 0 ? ',' : '{', number);
}

void
db_text_array_end(GString *array)
{
	g_string_append(array, array->len > 0 ? "}" : "{}");
}

char *
db_text_array_of_numbers(const int32_t *numbers, size_t count)
{
	GString *literal = g_string_new(NULL);

	for (size_t i = 0; i < count; i++)
		db_text_array_add_number(literal, numbers[i]);
	db_text_array_end(literal);
	return g_string_free(literal, FALSE);
}
