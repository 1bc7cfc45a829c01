/*
 * The content of a message that is text: text/plain, text/html, or both as multipart/alternative. UTF-8,
 * in the transfer encoding that fits (7bit, quoted-printable, base64), CRLF line ends. Built with GMime.
 */
#ifndef SERVICES_RELAY_MESSAGE_MIME_TEXT_H
#define SERVICES_RELAY_MESSAGE_MIME_TEXT_H

#include <gmime/gmime.h>

enum { MIME_BOUNDARY_SIZE = 36 }; /* bytes, NUL included */

/* A boundary no text holds: random (RFC 2046 5.1.1). Returns out (MIME_BOUNDARY_SIZE bytes). */
char *mime_boundary_create(char *out);

/*
 * Appends the content's header fields to head (Content-Type, Content-Transfer-Encoding) and the empty line and
 * the content to body. plain, html: UTF-8 with any line ends; NULL: there is none; not both NULL.
 */
void mime_text_write(
    const char *plain, const char *html, const char *boundary, GString *head, GString *body);

/* text/<subtype> of that text, likewise encoded; g_object_unref(). */
GMimeObject *mime_text_part(const char *subtype, const char *text);

/* Text as mail has it: CRLF for each line end, one at the end. g_string_free(). */
GString *mime_text_canonical(const char *text);

/* Makes UTF-8 text the content of a text part, likewise encoded. */
void mime_text_set(GMimePart *part, const char *text);

/* The content of a part, copied, to be written in that encoding. */
void mime_part_set_bytes(
    GMimePart *part, const char *bytes, size_t length, GMimeContentEncoding encoding);

/* Sets a field whose value is written by the caller: raw starts with a space and has no last line's end, which it gets. */
void mime_field_set_raw(GMimeMessage *message, const char *name, GString *raw);

/* Appends what GMime writes of an object: header fields, if it has some, with their line ends to head, the rest from the
 * empty line on to body. */
void mime_object_write(GMimeObject *object, GString *head, GString *body);

#endif
