/*
 * One HTTP request on its way: copied out of evhttp by the loop, answered by a thread, sent by the loop.
 *
 * The thread sees request and response alone; evhttp is the loop's.
 */
#ifndef SERVER_HTTP_JOB_H
#define SERVER_HTTP_JOB_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "services/soap/soap_service.h"

struct http_job {
	void *owner; /* the listener's */
	struct evhttp_request *evhttp;
	struct event *delay; /* while it waits for its turn after wrong passwords; or NULL */
	struct evbuffer *body;
	char *path;
	char *host;
	char *content_type;
	char *query;
	char *client;
	struct soap_request request; /* points into the above */
	struct soap_response response;
	/* Of the response, beside those of every one: name, value, ..., NULL; or NULL */
	const char *const *headers;
};

/* Takes the body out of the request; the rest of evhttp's request stays until the answer is sent. scheme: a literal. */
struct http_job *http_job_create(struct evhttp_request *evhttp, const char *scheme);

/* Sends the response, if the client is still there, and gives the request back to evhttp. */
enum http_job_connection { HTTP_JOB_KEEP, HTTP_JOB_CLOSE };
void http_job_send(struct http_job *job, enum http_job_connection connection);

void http_job_free(struct http_job *job);

#endif
