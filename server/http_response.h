/* The head of an HTTP/1 response (RFC 9112), written into a buffer field by field. */
#ifndef SERVER_HTTP_RESPONSE_H
#define SERVER_HTTP_RESPONSE_H

#include <stddef.h>

struct evbuffer;

/* minor: of HTTP/1.x, as the request had it. The line of the status, and Date. */
void http_response_begin(struct evbuffer *out, unsigned minor, int status);

/* value: without line breaks. */
void http_response_field(struct evbuffer *out, const char *name, const char *value);

/* The length of the body, and the end of the head. */
void http_response_end(struct evbuffer *out, size_t body_length);

/* The same for a response without a body, nor a length: 204. */
void http_response_end_empty(struct evbuffer *out);

#endif
