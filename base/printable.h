/*
 * Text that others wrote, for a terminal: what would not be printed (controls, marks that turn the direction of writing, broken
 * UTF-8) is shown by its octets.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include <glib.h>

/* What text is: one line, or several, whose line feeds and tabs stay. */
enum printable_text { PRINTABLE_LINE, PRINTABLE_LINES };

/* Appends text (any bytes), each octet of what is not printable as \xHH. */
void printable_append(GString *out, const char *text, enum printable_text kind);

/* Appends a JSON document (UTF-8), the characters of its strings that are not printable as \uHHHH (RFC 8259 section 7): it means what
 * it meant. */
void printable_append_json(GString *out, const char *json);

#endif
