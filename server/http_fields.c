#include "server/http_fields.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"

#include "server/http_limits.h"

enum { FIELDS = 16, TEXTS_BYTES = 512 }; /* as a rule */

/* Where its name and its value begin in the texts; each ends in a NUL. */
struct field {
	size_t name;
	size_t name_length;
	size_t value;
};

struct http_fields {
	GArray *fields; /* struct field, in order */
	GString *texts;
	bool in_value;
};

struct http_fields *
http_fields_create(void)
{
	struct http_fields *fields = g_new0(struct http_fields, 1);

	fields->fields = g_array_sized_new(FALSE, FALSE, sizeof(struct field), FIELDS);
	fields->texts = g_string_sized_new(TEXTS_BYTES);
	return fields;
}

void
http_fields_free(struct http_fields *fields)
{
	g_array_unref(fields->fields);
	g_string_free(fields->texts, TRUE);
	g_free(fields);
}

static struct field *
field_at(const struct http_fields *fields, guint index)
{
	return &g_array_index(fields->fields, struct field, index);
}

static const char *
field_name(const struct http_fields *fields, guint index)
{
	return fields->texts->str + field_at(fields, index)->name;
}

/* Ends the text before it. Returns where the next one begins. */
static size_t
text_begin(struct http_fields *fields)
{
	g_string_append_c(fields->texts, '\0');
	return fields->texts->len;
}

bool
http_fields_add_name(struct http_fields *fields, const char *at, size_t length)
{
	guint count = fields->fields->len;

	if (count == 0 || fields->in_value) {
		const struct field field = {.name = text_begin(fields)};

		if (count == HTTP_FIELDS_MAX)
			return false;
		g_array_append_val(fields->fields, field);
		fields->in_value = false;
		count++;
	}
	field_at(fields, count - 1)->name_length += length;
	text_append(fields->texts, at, length);
	return true;
}

void
http_fields_add_value(struct http_fields *fields, const char *at, size_t length)
{
	if (!fields->in_value)
		field_at(fields, fields->fields->len - 1)->value = text_begin(fields);
	fields->in_value = true;
	text_append(fields->texts, at, length);
}

static bool
is_token(const char *name)
{
	const char *at = name;

	while (g_ascii_isalnum(*at) || (*at != '\0' && strchr("!#$%&'*+-.^_`|~", *at) != NULL))
		at++;
	return at > name && *at == '\0';
}

bool
http_fields_have_names(const struct http_fields *fields)
{
	for (guint i = 0; i < fields->fields->len; i++)
		if (!is_token(field_name(fields, i)))
			return false;
	return true;
}

/* The value of the next field of that name from *index on, which is set behind it; NULL: there is none. */
static const char *
value_find(const struct http_fields *fields, const char *name, guint *index)
{
	size_t length = strlen(name);

	while (*index < fields->fields->len) {
		guint at = (*index)++;

		if (field_at(fields, at)->name_length == length &&
		    g_ascii_strcasecmp(field_name(fields, at), name) == 0)
			return fields->texts->str + field_at(fields, at)->value;
	}
	return NULL;
}

unsigned
http_fields_count(const struct http_fields *fields, const char *name)
{
	unsigned count = 0;
	guint index = 0;

	while (value_find(fields, name, &index) != NULL)
		count++;
	return count;
}

const char *
http_fields_first(const struct http_fields *fields, const char *name)
{
	guint index = 0;
	const char *value = value_find(fields, name, &index);

	return value != NULL ? value : "";
}

char *
http_fields_list(const struct http_fields *fields, const char *name)
{
	GString *list = g_string_new(NULL);
	const char *value;
	guint index = 0;

	while ((value = value_find(fields, name, &index)) != NULL)
		g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", value);
	return g_string_free(list, FALSE);
}
