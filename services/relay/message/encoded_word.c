#include "services/relay/message/encoded_word.h"

#include <string.h>

#include "services/relay/message/charset.h"

enum { CHARSET_AND_LANGUAGE_MAX = 2 * CHARSET_NAME_MAX };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
payload_is_base64(const char *payload, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!g_ascii_isalnum(payload[i]) && memchr("+/= \t", payload[i], 5) == NULL)
			return false;
	return true;
}

/* The payload's end: the first "?=" from word->payload on. */
static bool
close_find(struct encoded_word *word, const char *end, const char **close)
{
	if (*close < word->payload) {
		*close = memmem(word->payload, (size_t)(end - word->payload), "?=", 2);
		if (*close == NULL)
			*close = end;
	}
	if (*close == end)
		return false;
	word->payload_length = (size_t)(*close - word->payload);
	word->end = *close + 2;
	return true;
}

bool
encoded_word_read(const char *at, const char *end, const char **close, struct encoded_word *word)
{
	const char *language;
	char encoding;

	at += strlen("=?");
	word->charset = at;
	while (at < end && *at != '?' && at - word->charset <= CHARSET_AND_LANGUAGE_MAX)
		at++;
	if (end - at < 3 || at[0] != '?' || at[2] != '?')
		return false;
	language = memchr(word->charset, '*', (size_t)(at - word->charset));
	word->charset_length = (size_t)((language != NULL ? language : at) - word->charset);
	encoding = g_ascii_toupper(at[1]);
	word->payload = at + 3;
	if ((encoding != 'Q' && encoding != 'B') || !close_find(word, end, close))
		return false;
	word->encoding = encoding == 'Q' ? ENCODED_WORD_QUOTED : ENCODED_WORD_BASE64;
	return word->encoding == ENCODED_WORD_QUOTED ||
	    payload_is_base64(word->payload, word->payload_length);
}

static void
quoted_decode(const struct encoded_word *word, GString *bytes)
{
	for (size_t i = 0; i < word->payload_length; i++) {
		char c = word->payload[i];

		if (c == '_') {
			c = ' ';
		} else if (c == '=' && i + 2 < word->payload_length &&
		    g_ascii_isxdigit(word->payload[i + 1]) &&
		    g_ascii_isxdigit(word->payload[i + 2])) {
			c = (char)(g_ascii_xdigit_value(word->payload[i + 1]) << 4 |
			    g_ascii_xdigit_value(word->payload[i + 2]));
			i += 2;
		}
		g_string_append_c(bytes, c);
	}
}

static void
base64_decode(const struct encoded_word *word, struct base64_rest *rest, GString *bytes)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < word->payload_length; i++) {
		const char *digit;

		if (word->payload[i] == '=')
			*rest = (struct base64_rest){0};
		if (word->payload[i] == '=' || is_blank(word->payload[i]))
			continue;
		digit = strchr(digits, word->payload[i]);
		rest->bits = (rest->bits << 6 | (unsigned)(digit - digits)) & 0xffff;
		rest->held += 6;
		if (rest->held >= 8) {
			rest->held -= 8;
			g_string_append_c(bytes, (char)(rest->bits >> rest->held));
		}
	}
}

void
encoded_word_decode(const struct encoded_word *word, struct base64_rest *rest, GString *bytes)
{
	if (word->encoding == ENCODED_WORD_BASE64)
		base64_decode(word, rest, bytes);
	else
		quoted_decode(word, bytes);
}
