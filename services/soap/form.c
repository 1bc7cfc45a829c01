#include "services/soap/form.h"

#include <stdbool.h>
#include <string.h>

#include "services/soap/form_charset.h"
#include "services/soap/xml_charset.h"
#include "services/soap/xml_text.h"

static void
field_free(gpointer data)
{
	struct form_field *field = data;

	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

static bool
field_is_good(const struct form_field *field, struct error *error)
{
	if (xml_text_is_clean(field->value))
		return true;
	return error_set(error, "holds a character in %.80s that XML does not allow", field->name);
}

static bool
fields_read(GUriParamsIter *iterator, GPtrArray *form, struct error *error)
{
	char *name, *value;
	GError *reason = NULL;

	while (g_uri_params_iter_next(iterator, &name, &value, &reason)) {
		struct form_field *field = g_new0(struct form_field, 1);

		field->name = name;
		field->value = value;
		g_ptr_array_add(form, field);
		if (form->len > FORM_FIELDS_MAX)
			return error_set(error, "has more than %d fields", FORM_FIELDS_MAX);
		if (!field_is_good(field, error))
			return false;
	}
	if (reason == NULL)
		return true;
	error_set(error, "is no form in UTF-8: %s", reason->message);
	g_error_free(reason);
	return false;
}

static GPtrArray *
utf8_parse(const char *body, size_t length, struct error *error)
{
	GPtrArray *form = g_ptr_array_new_with_free_func(field_free);
	GUriParamsIter iterator;

	g_uri_params_iter_init(&iterator, body, (gssize)length, "&", G_URI_PARAMS_WWW_FORM);
	if (fields_read(&iterator, form, error))
		return form;
	g_ptr_array_unref(form);
	return NULL;
}

/* A form without empty fields ("a=1&&b=2"), each other one with its "=": they are taken so (URL Standard, section 5.1), but not by
 * GLib. */
static GString *
fields_complete(const char *body, size_t length)
{
	const char *end = body + length;
	GString *form = g_string_sized_new(length);

	while (body < end) {
		const char *next = memchr(body, '&', (size_t)(end - body));
		size_t size = (size_t)((next != NULL ? next : end) - body);

		if (size > 0) {
			if (form->len > 0)
				g_string_append_c(form, '&');
			g_string_append_len(form, body, (gssize)size);
			if (memchr(body, '=', size) == NULL)
				g_string_append_c(form, '=');
		}
		body += size + (next != NULL);
	}
	return form;
}

GPtrArray *
form_parse(const char *body, size_t length, const char *charset, struct error *error)
{
	GPtrArray *form = NULL;
	GString *complete;
	char *utf8;

	while (length > 0 && g_ascii_isspace(body[length - 1]))
		length--;
	complete = fields_complete(body, length);
	if (charset == NULL || xml_charset_names_utf8(charset)) {
		form = utf8_parse(complete->str, complete->len, error);
	} else {
		utf8 = form_charset_to_utf8(complete->str, complete->len, charset, error);
		if (utf8 != NULL)
			form = utf8_parse(utf8, strlen(utf8), error);
		g_free(utf8);
	}
	g_string_free(complete, TRUE);
	return form;
}

const char *
form_next(const GPtrArray *form, const char *name, guint *index)
{
	while (*index < form->len) {
		const struct form_field *field = g_ptr_array_index(form, (*index)++);

		if (g_ascii_strcasecmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}
