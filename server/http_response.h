/* The head of an HTTP/1 response (RFC 9112), written into a buffer field by field. */
#ifndef SERVER_HTTP_RESPONSE_H
#define SERVER_HTTP_RESPONSE_H

#include <stddef.h>

#include <glib.h>

/* minor: of HTTP/1.x, as the request had it. The line of the status, and Date. */
void http_response_begin(GString *head, unsigned minor, int status);

/* value: without line breaks. */
void http_response_field(GString *head, const char *name, const char *value);

/* The length of the body, and the end of the head. */
void http_response_end(GString *head, size_t body_length);

/* The same for a response without a body, nor a length: 204. */
void http_response_end_empty(GString *head);

#endif
