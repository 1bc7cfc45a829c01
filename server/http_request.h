/*
 * One HTTP/1 request (RFC 9112), read from a buffer as its bytes come, by http_parser. It knows nothing of sockets.
 *
 * What could be read in two ways is refused, so that no proxy in front reads another request than this server:
 * Transfer-Encoding beside Content-Length, or other than chunked; two lengths; white space in a field's name; no Host, or two.
 */
#ifndef SERVER_HTTP_REQUEST_H
#define SERVER_HTTP_REQUEST_H

#include <stdbool.h>

#include <glib.h>
#include <http_parser.h>

#include "server/http_fields.h"
#include "server/http_limits.h"

struct evbuffer;

/* Bytes of bodies over HTTP_BODY_BYTES_SMALL, of all requests that were given it. */
struct http_budget {
	size_t used;
	size_t most;
};

/* Only read by others. */
struct http_request {
	const char *method; /* a literal; "" until it is known */
	GString *target;    /* as sent */
	char *path;         /* decoded, without the query; "" for none that can be decoded */
	char *query;        /* as sent, without the question mark; "" for none */
	struct http_fields *fields;
	GString *body;
	unsigned minor; /* of HTTP/1.x */
	bool keep_alive;
	bool expects_continue; /* the client waits to be told to send its body */
	bool began;            /* a byte of it has come */
	/* Why it is refused: HTTP's status, and a sentence; 0: it is not. The rest of the connection cannot be read then. */
	int status;
	char reason[160];
	bool is_overload; /* refused for the budget alone */

	const struct http_limits *limits;
	struct http_budget *budget;
	size_t claimed; /* of the budget */
	http_parser parser;
	bool has_head;
	bool is_whole;
};

enum http_read { HTTP_READ_MORE, HTTP_READ_WHOLE, HTTP_READ_REFUSED };

/* limits and budget must outlive it. */
struct http_request *http_request_create(
    const struct http_limits *limits, struct http_budget *budget);

/* Takes what belongs to this request out of the buffer; what follows stays there. */
enum http_read http_request_read(struct http_request *request, struct evbuffer *in);

/* Refuses it for what the parser cannot know. */
void http_request_refuse(struct http_request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of the first field of that name, in any case; "" for none. */
const char *http_request_field(const struct http_request *request, const char *name);

/* The values of all fields of that name, in order, with ", " between them. The caller's to g_free(). */
char *http_request_field_list(const struct http_request *request, const char *name);

/* Takes NULL. */
void http_request_free(struct http_request *request);

#endif
