/*
 * Encoded words, RFC 2047 2: =?charset?encoding?payload?=, as senders write them.
 */
#ifndef SERVICES_RELAY_MESSAGE_ENCODED_WORD_H
#define SERVICES_RELAY_MESSAGE_ENCODED_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum encoded_word_encoding { ENCODED_WORD_QUOTED, ENCODED_WORD_BASE64 };

/* Slices of the text it was read from. */
struct encoded_word {
	const char *charset; /* without the language of RFC 2231 5 */
	size_t charset_length;
	enum encoded_word_encoding encoding;
	const char *payload;
	size_t payload_length;
	const char *end; /* after the "?=" */
};

/* Bits of base64 that make no byte yet: `held` many, the last of `bits`. Six when a digit stands alone. */
struct base64_rest {
	unsigned bits;
	unsigned held;
};

/*
 * Reads the word that starts at `at` ("=?"). Returns false when there is none; blanks in the payload and a
 * foreign use of '?' are none of its business. close: where the "?=" found last is, kept between calls on one
 * text (which starts with close = the text's start), so that hostile text costs no more than other text.
 */
bool encoded_word_read(
    const char *at, const char *end, const char **close, struct encoded_word *word);

/*
 * Appends the payload's bytes. Q (RFC 2047 4.2): what is no hexadecimal pair stays. B: padding may be
 * missing; rest goes from word to word where base64 text was cut anywhere, else it starts as zero.
 */
void encoded_word_decode(const struct encoded_word *word, struct base64_rest *rest, GString *bytes);

#endif
