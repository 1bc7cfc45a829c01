/*
 * Unstructured header text (RFC 5322 3.2.5, RFC 2047): a field's value into UTF-8 and back.
 *
 * GMime has both ways, but not what the Subject rule of the contract needs: it drops words it cannot decode
 * and ISO-2022-JP that goes on in the next word, does not fold, leaves text that looks like an encoded
 * word as it is, and remembers every name of a character set a sender made up.
 */
#ifndef SERVICES_RELAY_MESSAGE_HEADER_TEXT_H
#define SERVICES_RELAY_MESSAGE_HEADER_TEXT_H

#include <stddef.h>

#include <glib.h>

enum {
	HEADER_LINE_COLUMNS = 76, /* RFC 2047 2: a line that holds an encoded word */
	HEADER_WORD_BYTES = 75    /* RFC 2047 2: an encoded word */
};

/*
 * Decodes a field's raw value, folds and all. Lenient, since senders are: encoded words count wherever they
 * stand, with blanks inside, without base64 padding, with a language (RFC 2231 5), cut within a
 * character and continued in the next word. White space between two words goes. Raw 8-bit text is
 * UTF-8 or else Latin-1. A word of unknown character set or encoding stays as text.
 * Returns valid UTF-8 that may hold control characters, NUL too. words: how many were decoded; may be NULL.
 * The caller frees with g_string_free().
 */
GString *header_text_decode(const char *value, size_t length, unsigned *words);

/* Makes text fit for reports and for one line of header: each control character becomes a space, outer
 * white space goes. In place. */
void header_text_clean(GString *text);

/*
 * Appends text as a field's value: a space, then plain where printable ASCII says the same, else
 * RFC 2047 UTF-8 words, folded (CRLF, space) within HEADER_LINE_COLUMNS. text: cleaned UTF-8. column: the
 * length of the field's name and its colon. Decoding gives text again. Appends nothing for "".
 */
void header_text_encode(GString *out, const GString *text, size_t column);

#endif
