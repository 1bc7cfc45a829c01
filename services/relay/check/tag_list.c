#include "services/relay/check/tag_list.h"

#include <string.h>

struct tag {
	const char *name, *value; /* within the fields */
};

struct tag_list {
	char **fields;
	struct tag tags[TAG_LIST_MAX];
	unsigned count;
};

/* Cuts a field "name = value" in two. */
static bool
tag_list_add(struct tag_list *list, char *field)
{
	char *equals = strchr(field, '=');
	const char *name;

	if (equals == NULL || list->count == TAG_LIST_MAX)
		return false;
	*equals = '\0';
	name = g_strstrip(field);
	if (name[0] == '\0' || tag_list_find(list, name) != NULL)
		return false;
	list->tags[list->count++] = (struct tag){name, g_strstrip(equals + 1)};
	return true;
}

struct tag_list *
tag_list_parse(const char *text)
{
	struct tag_list *list = g_new0(struct tag_list, 1);
	bool is_good = true;

	list->fields = g_strsplit(text, ";", TAG_LIST_MAX + 2);
	for (char **field = list->fields; is_good && *field != NULL; field++)
		/* One more ; at the end. */
		is_good = (field[1] == NULL && g_strstrip(*field)[0] == '\0') ||
		    tag_list_add(list, *field);
	if (is_good && list->count > 0)
		return list;
	tag_list_free(list);
	return NULL;
}

void
tag_list_free(struct tag_list *list)
{
	if (list == NULL)
		return;
	g_strfreev(list->fields);
	g_free(list);
}

const char *
tag_list_find(const struct tag_list *list, const char *name)
{
	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(list->tags[i].name, name) == 0)
			return list->tags[i].value;
	return NULL;
}

bool
tag_list_begins(const struct tag_list *list, const char *name, const char *value)
{
	return list->count > 0 && strcmp(list->tags[0].name, name) == 0 &&
	    strcmp(list->tags[0].value, value) == 0;
}
