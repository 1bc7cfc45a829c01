/* Which characters a text is made of. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

/* Whether no byte is beyond ASCII. */
bool text_is_ascii(const char *text, size_t length);

/* Whether it is valid UTF-8 without NULs. */
bool text_is_utf8(const char *text, size_t length);

/* Whether there is a control character (Unicode's category Cc) in it, or U+FFFE or U+FFFF, which no XML holds. text: valid UTF-8. */
bool text_has_control(const char *text, size_t length);

/* The first place at or behind `from`, at most `end`, without white space: all of Unicode's (no-break, ideographic). The text
 * between them: valid UTF-8. */
const char *text_skip_space(const char *from, const char *end);

/* The same from the end: behind the last character of [start, end) that is no white space, or start. */
const char *text_skip_space_back(const char *start, const char *end);

/* A copy without the white space around it, the caller's to g_free(). text: valid UTF-8. */
char *text_trim(const char *text);

/* g_string_append_len() for what is put together of many small pieces: a call only when there is no room. */
static inline void
text_append(GString *to, const char *bytes, size_t length)
{
	if (to->allocated_len - to->len <= length) {
		g_string_append_len(to, bytes, (gssize)length);
		return;
	}
	memcpy(to->str + to->len, bytes, length);
	to->len += length;
	to->str[to->len] = '\0';
}

#endif
