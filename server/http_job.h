/*
 * One HTTP request on its way: read by the loop, answered by a thread, sent by the loop.
 *
 * The thread sees the requests and responses alone; the connection is the loop's.
 */
#ifndef SERVER_HTTP_JOB_H
#define SERVER_HTTP_JOB_H

#include <stdint.h>

#include "base/network.h"
#include "services/soap/soap_service.h"

#include "server/http_connection.h"

enum { HTTP_GZIP_BYTES_MIN = 1024 /* of an answer that is worth it */ };

struct http_job {
	void *owner;                        /* the listener's */
	struct http_connection *connection; /* NULL: it has ended meanwhile */
	struct event *delay; /* while it waits for its turn after wrong passwords; or NULL */
	struct http_request *http;
	char *client;     /* textual IP: of the peer, or who a trusted proxy named */
	int64_t began_at; /* when the request was whole; g_get_monotonic_time() */
	bool takes_gzip;
	bool
	    is_together; /* it may be answered together with others; see soap_service_is_together() */
	struct soap_request request; /* points into the above */
	struct soap_response response;
	const char *allow; /* the methods of its path, where the answer says them; or NULL */
	bool is_gzip;      /* the response's body has become */
	/* Of the response, beside those of every one: name, value, ..., NULL; or NULL */
	const char *const *headers;
};

/* Takes the request. scheme: of the connection itself, a literal. */
struct http_job *http_job_create(struct http_connection *connection, struct http_request *http,
    const struct network_list *proxies, const char *scheme);

/* Makes the response's body smaller where the client takes that. */
void http_job_compress(struct http_job *job);

/* The response becomes a sentence in plain text. */
void http_job_set_text(struct http_job *job, int status, const char *text);

/* Sends the response, which there is, if the client is still there. */
void http_job_send(struct http_job *job, enum http_connection_after after);

void http_job_free(struct http_job *job);

#endif
