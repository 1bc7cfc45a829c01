#include "services/soap/xml_text.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "base/text.h"

enum { BLOCK = 16 /* octets looked at together */ };

static bool
character_is_allowed(gunichar character)
{
	if (character < 0x20)
		return character == '\t' || character == '\n' || character == '\r';
	return character != 0xFFFE && character != 0xFFFF;
}

/* Bytes of the allowed character at text, 0 when there is none. g_utf8_get_char_validated() refuses surrogates. */
static size_t
character_length(const char *text)
{
	gunichar character;

	if ((uint8_t)*text < 0x80)
		return character_is_allowed((uint8_t)*text) ? 1 : 0;
	character = g_utf8_get_char_validated(text, -1);
	if (character >= 0x110000 || !character_is_allowed(character))
		return 0;
	return (size_t)(g_utf8_next_char(text) - text);
}

/* The first octet that cannot stay; the end of the text when all can. */
static const char *
skip_clean(const char *text)
{
	size_t length;

	while (*text != '\0' && (length = character_length(text)) > 0)
		text += length;
	return text;
}

bool
xml_text_is_clean(const char *text)
{
	return *skip_clean(text) == '\0';
}

char *
xml_text_clean(const char *text)
{
	GString *clean = g_string_sized_new(strlen(text));

	for (;;) {
		const char *stop = skip_clean(text);

		g_string_append_len(clean, text, stop - text);
		if (*stop == '\0')
			return g_string_free(clean, FALSE);
		g_string_append_printf(clean, "\\x%02X", (uint8_t)*stop);
		text = stop + 1;
	}
}

/* What stands for the octet; NULL: itself, if it may stand in XML. */
static const char *
reference_of(char octet)
{
	switch (octet) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#xD;";
	case 0x7F:
		return "&#x7F;";
	default:
		return NULL;
	}
}

/* What needs no look, most of what there is: line feeds, and printable ASCII that is no markup. Without a branch, so that the compiler
 * takes many at a time. */
static bool
octet_is_plain(uint8_t octet)
{
	return ((octet == '\n') | (octet >= ' ')) & (octet < 0x7F) & (octet != '&') &
	    (octet != '<') & (octet != '>');
}

static bool
block_is_plain(const char *block)
{
	uint8_t other = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		other |= !octet_is_plain((uint8_t)block[i]);
	return other == 0;
}

static size_t
plain_length(const char *text, const char *end)
{
	const char *at = text;

	while (end - at >= BLOCK && block_is_plain(at))
		at += BLOCK;
	while (at < end && octet_is_plain((uint8_t)*at))
		at++;
	return (size_t)(at - text);
}

void
xml_text_append(GString *out, const char *text)
{
	const char *end = text + strlen(text);

	for (;;) {
		size_t length = plain_length(text, end);
		const char *reference;

		text_append(out, text, length);
		text += length;
		if (*text == '\0')
			return;
		reference = reference_of(*text);
		length = character_length(text);
		if (reference != NULL)
			text_append(out, reference, strlen(reference));
		else if (length > 0)
			text_append(out, text, length);
		else
			g_string_append_printf(out, "\\x%02X", (uint8_t)*text);
		text += MAX(length, 1);
	}
}
