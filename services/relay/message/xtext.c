#include "services/relay/message/xtext.h"

#include <string.h>

/* Capital digits alone, by the grammar. */
static int
xtext_digit(char digit)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* The byte that +XX stands for; -1: it is none. */
static int
xtext_byte(const char *text, size_t length)
{
	int high, low;

	if (length < 3 || text[0] != '+')
		return -1;
	high = xtext_digit(text[1]);
	low = xtext_digit(text[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool
is_xchar(char byte)
{
	return byte > ' ' && byte < 0x7f && byte != '+' && byte != '=';
}

bool
xtext_is_printable(const char *text, size_t length)
{
	while (length > 0) {
		int byte = xtext_byte(text, length);
		size_t taken = byte >= 0 ? 3 : 1;

		if (byte >= 0 ? byte < ' ' || byte >= 0x7f : !is_xchar(*text))
			return false;
		text += taken;
		length -= taken;
	}
	return true;
}

char *
xtext_decode(const char *text)
{
	GString *out = g_string_new(NULL);

	while (*text != '\0') {
		int byte = xtext_byte(text, strlen(text));

		g_string_append_c(out, byte > 0 ? (char)byte : *text);
		text += byte > 0 ? 3 : 1;
	}
	return g_string_free(out, FALSE);
}

void
xtext_append(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_xchar(*text))
			g_string_append_c(out, *text);
		else
			g_string_append_printf(out, "+%02X", (unsigned char)*text);
	}
}
