#include "base/text.h"

#include <stdint.h>

/* Every message is read through by this, so eight bytes at a time. */
bool
text_is_ascii(const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	uint64_t bytes;

	for (; end - at >= (ptrdiff_t)sizeof(bytes); at += sizeof(bytes)) {
		memcpy(&bytes, at, sizeof(bytes));
		if (bytes & UINT64_C(0x8080808080808080))
			return false;
	}
	for (; at < end; at++)
		if (*at & 0x80)
			return false;
	return true;
}

bool
text_is_utf8(const char *text, size_t length)
{
	if (text_is_ascii(text, length))
		return memchr(text, '\0', length) == NULL;
	return g_utf8_validate_len(text, length, NULL);
}

bool
text_has_control(const char *text, size_t length)
{
	for (const char *at = text, *end = text + length; at < end; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (g_unichar_iscntrl(character) || character == 0xfffe || character == 0xffff)
			return true;
	}
	return false;
}

static bool
is_space(gunichar character)
{
	return g_unichar_isspace(character) || character == '\v';
}

const char *
text_skip_space(const char *from, const char *end)
{
	while (from < end && is_space(g_utf8_get_char(from)))
		from = g_utf8_next_char(from);
	return from;
}

const char *
text_skip_space_back(const char *start, const char *end)
{
	while (end > start) {
		const char *previous = g_utf8_prev_char(end);

		if (!is_space(g_utf8_get_char(previous)))
			break;
		end = previous;
	}
	return end;
}

char *
text_trim(const char *text)
{
	const char *end = text + strlen(text);
	const char *start = text_skip_space(text, end);

	return g_strndup(start, (gsize)(text_skip_space_back(start, end) - start));
}
