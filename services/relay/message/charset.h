/*
 * Text of a named character set into UTF-8, by iconv, as it comes in header fields.
 *
 * What is no character of the set becomes U+FFFD, as readers of mail show it, and is counted.
 * Names are matched in any case. What mail programs mean is taken where it is more than the name
 * says (gb2312: GB18030, shift_jis: CP932); UTF-16 and UTF-32 without a byte order mark are big-endian (RFC 2781 4.3).
 */
#ifndef SERVICES_RELAY_MESSAGE_CHARSET_H
#define SERVICES_RELAY_MESSAGE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum { CHARSET_NAME_MAX = 40 }; /* bytes; IANA's names are shorter (RFC 2978 2.3) */

struct charset;

/* NULL for a set that iconv does not know. charset_close() frees it. */
struct charset *charset_open(const char *name, size_t length);
void charset_close(struct charset *charset);

/* Whether name (of length bytes) is what charset was opened with. */
bool charset_is(const struct charset *charset, const char *name, size_t length);

/* Appends bytes as UTF-8 to out, starting in the set's initial state. Returns
 * how often U+FFFD was put in. */
unsigned charset_decode(
    const struct charset *charset, const char *bytes, size_t length, GString *out);

/* Whether all of it is UTF-8; NUL is a character. */
bool charset_is_utf8(const char *bytes, size_t length);

#endif
