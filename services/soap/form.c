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

GPtrArray *
form_parse(const char *body, size_t length, const char *charset, struct error *error)
{
	GPtrArray *form;
	char *utf8;

	while (length > 0 && g_ascii_isspace(body[length - 1]))
		length--;
	if (charset == NULL || xml_charset_names_utf8(charset))
		return utf8_parse(body, length, error);
	utf8 = form_charset_to_utf8(body, length, charset, error);
	if (utf8 == NULL)
		return NULL;
	form = utf8_parse(utf8, strlen(utf8), error);
	g_free(utf8);
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
