/* Lists of tags (check/tag_list.h), any bytes: what is taken has names that are found, once each, and within the limit. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "services/relay/check/tag_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	struct tag_list *list = tag_list_parse(text);
	g_auto(GStrv) fields = g_strsplit(text, ";", -1);
	unsigned count = 0;

	for (char **field = fields; list != NULL && *field != NULL; field++) {
		char *equals = strchr(*field, '=');
		const char *value;

		if (equals == NULL)
			continue;
		*equals = '\0';
		value = tag_list_find(list, g_strstrip(*field));
		if (value == NULL || strcmp(value, g_strstrip(equals + 1)) != 0)
			abort();
		count++;
	}
	if (list != NULL && (count == 0 || count > TAG_LIST_MAX))
		abort();
	tag_list_free(list);
	return 0;
}
