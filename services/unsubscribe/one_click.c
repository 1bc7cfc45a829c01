#include "services/unsubscribe/one_click.h"

#include <string.h>

#include <gmime/gmime.h>

#define FORM_DATA "multipart/form-data"

static bool
is_asked(const char *name, const char *value)
{
	return name != NULL && g_ascii_strcasecmp(name, ONE_CLICK_FIELD) == 0 &&
	    g_ascii_strcasecmp(value, ONE_CLICK_VALUE) == 0;
}

static bool
urlencoded_is_asked(const char *body, size_t length)
{
	GUriParamsIter iterator;
	char *name, *value;
	bool asked = false;

	while (length > 0 && g_ascii_isspace(body[length - 1]))
		length--;
	g_uri_params_iter_init(&iterator, body, (gssize)length, "&", G_URI_PARAMS_WWW_FORM);
	while (!asked && g_uri_params_iter_next(&iterator, &name, &value, NULL)) {
		asked = is_asked(name, value);
		g_free(name);
		g_free(value);
	}
	return asked;
}

/* RFC 7578 4.2: its name is a parameter of the Content-Disposition. */
static bool
part_is_asked(GMimeObject *object)
{
	GMimeContentDisposition *disposition = g_mime_object_get_content_disposition(object);
	GMimeStream *stream;
	GByteArray *bytes;
	char *value;
	bool asked;

	if (!GMIME_IS_PART(object) || disposition == NULL ||
	    g_mime_part_get_content(GMIME_PART(object)) == NULL)
		return false;
	stream = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	value = g_strstrip(g_strndup(bytes->len > 0 ? (const char *)bytes->data : "", bytes->len));
	asked = is_asked(g_mime_content_disposition_get_parameter(disposition, "name"), value);
	g_free(value);
	g_object_unref(stream);
	return asked;
}

static GMimeObject *
form_data_parse(const char *content_type, const char *body, size_t length)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeParser *parser;
	GMimeObject *form;

	g_mime_stream_printf(stream, "Content-Type: %s\r\n\r\n", content_type);
	g_mime_stream_write(stream, body, length);
	g_mime_stream_reset(stream);
	parser = g_mime_parser_new_with_stream(stream);
	form = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return form;
}

static bool
form_data_is_asked(const char *content_type, const char *body, size_t length)
{
	GMimeObject *form = form_data_parse(content_type, body, length);
	bool asked = false;

	if (form == NULL)
		return false;
	if (GMIME_IS_MULTIPART(form))
		for (int i = 0; !asked && i < g_mime_multipart_get_count(GMIME_MULTIPART(form));
		     i++)
			asked = part_is_asked(g_mime_multipart_get_part(GMIME_MULTIPART(form), i));
	g_object_unref(form);
	return asked;
}

bool
one_click_is_asked(const char *content_type, const char *body, size_t length)
{
	if (g_ascii_strncasecmp(content_type, FORM_DATA, strlen(FORM_DATA)) == 0)
		return form_data_is_asked(content_type, body, length);
	return urlencoded_is_asked(body, length);
}
