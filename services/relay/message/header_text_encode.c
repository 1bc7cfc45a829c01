#include "services/relay/message/header_text.h"

#include <stdbool.h>
#include <string.h>

#define WORD_QUOTED "=?UTF-8?Q?"
#define WORD_BASE64 "=?UTF-8?B?"
#define WORD_END "?="
#define FOLD "\r\n "

enum { WORD_FRAME = sizeof(WORD_QUOTED) - 1 + sizeof(WORD_END) - 1 };

static bool
is_printable_ascii(const GString *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->str[i] < ' ' || text->str[i] > '~')
			return false;
	return true;
}

/* Appends text folded at its own spaces. Returns false when a stretch without one is too long for a line. */
static bool
plain_append(GString *out, const GString *text, size_t column)
{
	const char *at = text->str;
	const char *end = at + text->len;

	g_string_append_c(out, ' ');
	column++;
	while (at < end) {
		size_t blanks = strspn(at, " ");
		size_t length = blanks + strcspn(at + blanks, " ");

		if (column + length > HEADER_LINE_COLUMNS) {
			if (blanks == 0 || length > HEADER_LINE_COLUMNS)
				return false;
			g_string_append(out, "\r\n");
			column = 0;
		}
		g_string_append_len(out, at, (gssize)length);
		column += length;
		at += length;
	}
	return true;
}

/* Whether a reader takes the value for just that text, and not for encoded words. */
static bool
reads_as(const char *value, size_t length, const GString *text)
{
	GString *read = header_text_decode(value, length, NULL);
	bool same;

	header_text_clean(read);
	same = g_string_equal(read, text);
	g_string_free(read, TRUE);
	return same;
}

/* RFC 2047 4.2 (2), (3): what stands for itself in a Q word of unstructured text. */
static bool
is_quoted_plain(char c)
{
	return c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_';
}

static size_t
quoted_length(const char *text, size_t length)
{
	size_t sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += text[i] == ' ' || is_quoted_plain(text[i]) ? 1 : 3;
	return sum;
}

static size_t
base64_length(size_t length)
{
	return (length + 2) / 3 * 4;
}

static void
quoted_append(GString *out, const char *text, size_t length)
{
	g_string_append(out, WORD_QUOTED);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == ' ')
			g_string_append_c(out, '_');
		else if (is_quoted_plain(text[i]))
			g_string_append_c(out, text[i]);
		else
			g_string_append_printf(out, "=%02X", (unsigned char)text[i]);
	}
	g_string_append(out, WORD_END);
}

static void
base64_append(GString *out, const char *text, size_t length)
{
	char *encoded = g_base64_encode((const guchar *)text, length);

	g_string_append(out, WORD_BASE64);
	g_string_append(out, encoded);
	g_string_append(out, WORD_END);
	g_free(encoded);
}

/* How many bytes of text, whole characters (RFC 2047 5), fit into `room` bytes of payload. */
static size_t
fitting(const char *text, const char *end, size_t room, bool quoted)
{
	const char *at = text;
	size_t used = 0;

	while (at < end) {
		const char *next = g_utf8_next_char(at);

		used = quoted ? used + quoted_length(at, (size_t)(next - at))
			      : base64_length((size_t)(next - text));
		if (used > room)
			break;
		at = next;
	}
	return (size_t)(at - text);
}

/* RFC 2047 4: Q where most of it can be read as it is. */
static bool
is_quoted_better(const GString *text)
{
	size_t plain = 0;
	size_t other = 0;

	for (const char *at = text->str, *end = at + text->len; at < end;
	     at = g_utf8_next_char(at)) {
		if (*at == ' ' || is_quoted_plain(*at))
			plain++;
		else
			other++;
	}
	return plain >= other;
}

static void
words_append(GString *out, const GString *text, size_t column)
{
	const char *at = text->str;
	const char *end = at + text->len;
	bool quoted = is_quoted_better(text);

	g_string_append_c(out, ' ');
	column++;
	while (at < end) {
		size_t room = MIN(HEADER_WORD_BYTES, HEADER_LINE_COLUMNS - column) - WORD_FRAME;
		size_t length = fitting(at, end, room, quoted);

		if (quoted)
			quoted_append(out, at, length);
		else
			base64_append(out, at, length);
		at += length;
		if (at < end)
			g_string_append(out, FOLD);
		column = 1;
	}
}

void
header_text_encode(GString *out, const GString *text, size_t column)
{
	size_t start = out->len;

	if (text->len == 0)
		return;
	if (is_printable_ascii(text) && plain_append(out, text, column) &&
	    reads_as(out->str + start, out->len - start, text))
		return;
	g_string_truncate(out, start);
	words_append(out, text, column);
}
