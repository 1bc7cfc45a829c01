#include "services/soap/text_list.h"

#include <string.h>

#define SPACE " \t\r\n\v\f"

/* The item in quotes at text. Returns the separator or the end behind it; NULL when the quotes are not around all of it. */
static const char *
quoted_read(const char *text, const char *separators, GString *item)
{
	for (text++; *text != '\0'; text++) {
		if (*text == '"' && *++text != '"') {
			text += strspn(text, SPACE);
			return *text == '\0' || strchr(separators, *text) != NULL ? text : NULL;
		}
		g_string_append_c(item, *text);
	}
	return NULL;
}

/* Adds the item at text. Returns the separator or the end behind it. */
static const char *
item_read(const char *text, const char *separators, GPtrArray *items)
{
	GString *item = g_string_new(NULL);
	const char *end = NULL;

	text += strspn(text, SPACE);
	if (*text == '"')
		end = quoted_read(text, separators, item);
	if (end == NULL) {
		end = text + strcspn(text, separators);
		g_string_truncate(item, 0);
		g_string_append_len(item, text, end - text);
		g_strchomp(item->str);
	}
	g_ptr_array_add(items, g_string_free(item, FALSE));
	return end;
}

GPtrArray *
text_list_split(const char *text, const char *separators)
{
	GPtrArray *items = g_ptr_array_new_with_free_func(g_free);

	if (text[strspn(text, SPACE)] == '\0')
		return items;
	for (;;) {
		text = item_read(text, separators, items);
		if (*text == '\0')
			return items;
		text++;
	}
}
