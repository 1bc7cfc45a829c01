#include "services/relay/deliver/mx.h"

#include <string.h>

enum { MX_PREFERENCE_BYTES = 2, MX_LABEL_MAX = 63 };

static void
mx_free(void *data)
{
	struct mx *mx = data;

	g_free(mx->name);
	g_free(mx);
}

GPtrArray *
mx_list_create(void)
{
	return g_ptr_array_new_with_free_func(mx_free);
}

char *
mx_name_read(const void *data, size_t length)
{
	const uint8_t *wire = data;
	GString *name = g_string_new(NULL);
	size_t at = 0;

	while (at < length && wire[at] != 0) {
		size_t label = wire[at++];

		if (label > MX_LABEL_MAX || label >= length - at)
			break;
		if (name->len > 0)
			g_string_append_c(name, '.');
		for (; label > 0; label--, at++) {
			if (!g_ascii_isalnum(wire[at]) && wire[at] != '-' && wire[at] != '_') {
				g_string_free(name, TRUE);
				return NULL;
			}
			g_string_append_c(name, g_ascii_tolower((char)wire[at]));
		}
	}
	return g_string_free(name, at >= length || wire[at] != 0);
}

bool
mx_list_add(GPtrArray *list, const void *rdata, size_t length)
{
	const uint8_t *wire = rdata;
	struct mx *mx;
	char *name;

	if (length <= MX_PREFERENCE_BYTES)
		return false;
	name = mx_name_read(wire + MX_PREFERENCE_BYTES, length - MX_PREFERENCE_BYTES);
	if (name == NULL)
		return false;
	mx = g_new0(struct mx, 1);
	mx->preference = (unsigned)(wire[0] << 8 | wire[1]);
	mx->shuffle = g_random_int();
	mx->name = name;
	g_ptr_array_add(list, mx);
	return true;
}

static int
mx_compare(const void *a, const void *b)
{
	const struct mx *left = *(struct mx *const *)a, *right = *(struct mx *const *)b;

	if (left->preference != right->preference)
		return left->preference < right->preference ? -1 : 1;
	return left->shuffle < right->shuffle ? -1 : left->shuffle > right->shuffle;
}

void
mx_list_sort(GPtrArray *list)
{
	g_ptr_array_sort(list, mx_compare);
}

bool
mx_list_is_null(GPtrArray *list)
{
	bool had_any = list->len > 0;

	for (guint i = list->len; i-- > 0;)
		if (((struct mx *)g_ptr_array_index(list, i))->name[0] == '\0')
			g_ptr_array_remove_index(list, i);
	return had_any && list->len == 0;
}

bool
mx_list_cut_own(GPtrArray *list, const char *hostname)
{
	for (guint i = 0; i < list->len; i++) {
		const struct mx *own = g_ptr_array_index(list, i);
		guint kept = i;

		if (g_ascii_strcasecmp(own->name, hostname) != 0)
			continue;
		while (kept > 0 &&
		    ((struct mx *)g_ptr_array_index(list, kept - 1))->preference == own->preference)
			kept--;
		g_ptr_array_set_size(list, (gint)kept);
		return true;
	}
	return false;
}
