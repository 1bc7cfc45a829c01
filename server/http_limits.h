/* What the API's HTTP server takes of its clients. docs/configuration.md and docs/limits.md have the same. */
#ifndef SERVER_HTTP_LIMITS_H
#define SERVER_HTTP_LIMITS_H

#include <stddef.h>

enum {
	HTTP_FIELDS_MAX = 100,         /* of one request's header; 431 beyond */
	HTTP_TARGET_BYTES_MAX = 16384, /* of its path with the query; 414 beyond */
	HTTP_HEAD_BYTES_MOST =
	    65535, /* head_bytes at most: the parser counts a target in 16 bits */
	HTTP_BODIES_BYTES_MAX = 128
	    << 20, /* of all bodies in memory; TooManyRequestsException beyond */
	/* Bodies up to it are not counted there, so that a few large ones never hold up ordinary calls */
	HTTP_BODY_BYTES_SMALL = 64 << 10,
	HTTP_JOBS_MAX =
	    1024, /* requests read and not yet answered; TooManyRequestsException beyond */
	HTTP_REFUSALS_MAX =
	    256, /* connections too many that are told so at once; others are closed */
	HTTP_LINGER_SECONDS = 2,      /* a client may take to close after the last answer, */
	HTTP_LINGER_BODY_SECONDS = 30 /* and to send the rest of what was refused half-way */
};

struct http_limits {
	unsigned connections;         /* at once; 503 beyond */
	unsigned address_connections; /* from one client address (IPv6: its /64); 503 beyond */
	unsigned idle_seconds;    /* a client that sends or reads nothing for so long is closed */
	unsigned request_seconds; /* from the first byte of a request to its last; 408 */
	unsigned answer_seconds;  /* to read an answer */
	size_t head_bytes;        /* request line and header; 431 beyond */
	size_t body_bytes;        /* as sent and as inflated; 413 beyond */
};

struct http_limits http_limits_default(void);

#endif
