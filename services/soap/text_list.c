#include "services/soap/text_list.h"

#include <string.h>

/* From behind the opening quote to behind the closing one, or to the end. */
static const char *
quoted_read(const char *text, GString *item)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' && *++text != '"')
			return text;
		g_string_append_c(item, *text);
	}
	return text;
}

/* Adds the item at text. Returns the separator or the end behind it. */
static const char *
item_read(const char *text, const char *separators, GPtrArray *items)
{
	GString *item = g_string_new(NULL);
	size_t plain;

	while (g_ascii_isspace(*text))
		text++;
	if (*text == '"') {
		/* Only white space belongs between the closing quote and the separator. */
		text = quoted_read(text + 1, item);
		plain = strcspn(text, separators);
	} else {
		plain = strcspn(text, separators);
		g_string_append_len(item, text, (gssize)plain);
		g_strchomp(item->str);
	}
	g_ptr_array_add(items, g_string_free(item, FALSE));
	return text + plain;
}

GPtrArray *
text_list_split(const char *text, const char *separators)
{
	GPtrArray *items = g_ptr_array_new_with_free_func(g_free);

	if (text[strspn(text, " \t\r\n")] == '\0')
		return items;
	for (;;) {
		text = item_read(text, separators, items);
		if (*text == '\0')
			return items;
		text++;
	}
}
