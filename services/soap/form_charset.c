#include "services/soap/form_charset.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

/* iconv takes words about its ways behind a name ("//TRANSLIT"). */
static GIConv
charset_open(const char *charset)
{
	return strchr(charset, '/') == NULL ? g_iconv_open("UTF-8", charset) : (GIConv)-1;
}

/* Adds a name or a value. */
static bool
piece_add(GIConv converter, const char *piece, size_t length, GString *form, struct error *error)
{
	char *plain = g_strdelimit(g_strndup(piece, length), "+", ' ');
	GBytes *bytes = g_uri_unescape_bytes(plain, -1, NULL, NULL);
	gsize size = 0;
	char *text = NULL;
	bool is_good;

	g_free(plain);
	if (bytes == NULL)
		return error_set(error, "is no form: a %% has no two hexadecimal digits behind it");
	if (g_bytes_get_size(bytes) > 0)
		text = g_convert_with_iconv(g_bytes_get_data(bytes, NULL),
		    (gssize)g_bytes_get_size(bytes), converter, NULL, &size, NULL);
	if (text != NULL)
		g_string_append_uri_escaped(form, text, NULL, FALSE);
	is_good = text != NULL ? strlen(text) == size : g_bytes_get_size(bytes) == 0;
	g_free(text);
	g_bytes_unref(bytes);
	return is_good ||
	    error_set(
		error, "holds bytes that are no text in the charset that its Content-Type names");
}

static bool
pieces_add(GIConv converter, const char *form, size_t length, GString *utf8, struct error *error)
{
	const char *end = form + length;

	for (;;) {
		const char *piece = form;

		while (form < end && *form != '&' && *form != '=')
			form++;
		if (!piece_add(converter, piece, (size_t)(form - piece), utf8, error))
			return false;
		if (form == end)
			return true;
		g_string_append_c(utf8, *form++);
	}
}

char *
form_charset_to_utf8(const char *form, size_t length, const char *charset, struct error *error)
{
	GIConv converter = charset_open(charset);
	GString *utf8;
	bool is_good;

	if (converter == (GIConv)-1) {
		error_set(error, "is in a charset that is not known");
		return NULL;
	}
	utf8 = g_string_sized_new(length);
	is_good = pieces_add(converter, form, length, utf8, error);
	g_iconv_close(converter);
	return g_string_free(utf8, !is_good);
}
