#include "services/relay/message/mime_text.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include <gmime/gmime.h>

#define EMPTY_LINE "\r\n\r\n"

enum { LINE_MAX_7BIT = 998 /* RFC 5322 2.1.1 */ };

char *
mime_boundary_create(char *out)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		g_error("getrandom: %s", g_strerror(errno));
	/* "=_" never stands in quoted-printable or base64 (RFC 2045 6.7 has this advice). */
	strcpy(out, "=_");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

GString *
mime_text_canonical(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 64);

	while (*text != '\0') {
		size_t length = strcspn(text, "\r\n");

		g_string_append_len(out, text, (gssize)length);
		g_string_append(out, "\r\n");
		text += length;
		if (*text == '\r')
			text++;
		if (*text == '\n')
			text++;
	}
	return out;
}

static GMimeContentEncoding
encoding_choose(const GString *text)
{
	size_t high = 0;
	size_t longest = 0;
	size_t line = 0;

	for (size_t i = 0; i < text->len; i++) {
		high += (text->str[i] & 0x80) != 0;
		line = text->str[i] == '\r' || text->str[i] == '\n' ? 0 : line + 1;
		longest = MAX(longest, line);
	}
	if (high == 0 && longest <= LINE_MAX_7BIT)
		return GMIME_CONTENT_ENCODING_7BIT;
	/* Base64 is shorter from a sixth of other text on, but nobody can read it. */
	return high <= text->len / 4 ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE
				     : GMIME_CONTENT_ENCODING_BASE64;
}

void
mime_part_set_bytes(
    GMimePart *part, const char *bytes, size_t length, GMimeContentEncoding encoding)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, length);
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content_encoding(part, encoding);
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	g_object_unref(stream);
}

void
mime_text_set(GMimePart *part, const char *text)
{
	GString *lines = mime_text_canonical(text);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	mime_part_set_bytes(part, lines->str, lines->len, encoding_choose(lines));
	g_string_free(lines, TRUE);
}

GMimeObject *
mime_text_part(const char *subtype, const char *text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);

	mime_text_set(part, text);
	return GMIME_OBJECT(part);
}

static GMimeObject *
alternative_create(const char *plain, const char *html, const char *boundary)
{
	GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
	GMimeObject *parts[] = {mime_text_part("plain", plain), mime_text_part("html", html)};

	g_mime_multipart_set_boundary(both, boundary);
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_mime_multipart_add(both, parts[i]);
		g_object_unref(parts[i]);
	}
	return GMIME_OBJECT(both);
}

void
mime_field_set_raw(GMimeMessage *message, const char *name, GString *raw)
{
	GMimeHeaderList *fields = g_mime_object_get_header_list(GMIME_OBJECT(message));
	GMimeHeader *field;

	g_mime_header_list_set(fields, name, "", NULL);
	field = g_mime_header_list_get_header(fields, name);
	g_string_append(raw, "\r\n");
	g_mime_header_set_raw_value(field, raw->str);
}

void
mime_object_write(GMimeObject *object, GString *head, GString *body)
{
	GMimeFormatOptions *format = g_mime_format_options_new();
	char *text;
	char *split;

	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	text = g_mime_object_to_string(object, format);
	split = strstr(text, EMPTY_LINE);
	if (g_str_has_prefix(text, "\r\n")) {
		g_string_append(body, text);
	} else if (split != NULL) {
		g_string_append_len(head, text, split + 2 - text);
		g_string_append(body, split + 2);
	} else {
		g_string_append(body, "\r\n");
		g_string_append(body, text);
	}
	g_free(text);
	g_mime_format_options_free(format);
}

void
mime_text_write(
    const char *plain, const char *html, const char *boundary, GString *head, GString *body)
{
	GMimeObject *content;

	assert(plain != NULL || html != NULL);
	if (plain != NULL && html != NULL)
		content = alternative_create(plain, html, boundary);
	else if (plain != NULL)
		content = mime_text_part("plain", plain);
	else
		content = mime_text_part("html", html);

	mime_object_write(content, head, body);
	g_object_unref(content);
}
