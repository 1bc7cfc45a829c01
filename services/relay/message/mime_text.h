/*
 * The content of a message that is text: text/plain, text/html, or both as multipart/alternative. UTF-8,
 * in the transfer encoding that fits (7bit, quoted-printable, base64), CRLF line ends. Built with GMime.
 */
#ifndef SERVICES_RELAY_MESSAGE_MIME_TEXT_H
#define SERVICES_RELAY_MESSAGE_MIME_TEXT_H

#include <glib.h>

enum { MIME_BOUNDARY_SIZE = 36 }; /* bytes, NUL included */

/* A boundary no text holds: random (RFC 2046 5.1.1). Returns out (MIME_BOUNDARY_SIZE bytes). */
char *mime_boundary_create(char *out);

/*
 * Appends the content's header fields to head (Content-Type, Content-Transfer-Encoding) and the empty line and
 * the content to body. plain, html: UTF-8 with any line ends; NULL: there is none; not both NULL.
 */
void mime_text_write(
    const char *plain, const char *html, const char *boundary, GString *head, GString *body);

#endif
