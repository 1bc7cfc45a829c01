#include "base/printable.h"

#include <stdbool.h>
#include <string.h>

static bool
printable_is(gunichar c, enum printable_text kind)
{
	if (c == '\n' || c == '\t')
		return kind == PRINTABLE_LINES;
	return g_unichar_isprint(c);
}

/* The octets that make one character, and whether it is printable. */
static size_t
printable_next(const char *text, size_t left, enum printable_text kind, bool *printable)
{
	gunichar c = g_utf8_get_char_validated(text, (gssize)left);

	if (c == (gunichar)-1 || c == (gunichar)-2) {
		*printable = false;
		return 1;
	}
	*printable = printable_is(c, kind);
	return (size_t)(g_utf8_next_char(text) - text);
}

void
printable_append(GString *out, const char *text, enum printable_text kind)
{
	const char *end = text + strlen(text);

	while (text < end) {
		bool printable;
		size_t length = printable_next(text, (size_t)(end - text), kind, &printable);

		if (printable)
			g_string_append_len(out, text, (gssize)length);
		else
			for (size_t i = 0; i < length; i++)
				g_string_append_printf(out, "\\x%02X", (unsigned char)text[i]);
		text += length;
	}
}

void
printable_append_json(GString *out, const char *json)
{
	for (; *json != '\0'; json = g_utf8_next_char(json)) {
		gunichar c = g_utf8_get_char(json);

		if (printable_is(c, PRINTABLE_LINES))
			g_string_append_unichar(out, c);
		else if (c < 0x10000)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_printf(out, "\\u%04x\\u%04x",
			    0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}
