/*
 * Threads that answer HTTP requests, each with a database connection of its own, beside the event loop that
 * reads and sends them. Jobs go in from the loop and come back on the loop.
 */
#ifndef SERVER_HTTP_POOL_H
#define SERVER_HTTP_POOL_H

#include "base/error.h"
#include "db/connection.h"
#include "server/http_job.h"

struct event_base;
struct http_pool;

struct http_pool_calls {
	/* On a thread: fills the response of each. */
	void (*answer)(void *arg, struct db_connection *database, struct http_job *const *jobs,
	    unsigned count);
	/* On the loop: takes the job. */
	void (*answered)(void *arg, struct http_job *job);
};

/* together: how many jobs a thread may answer at a time, at most SOAP_SERVICE_TOGETHER_MAX: those that came while none was free, or
 * in one turn of the loop. conninfo: copied. calls must outlive the pool. */
struct http_pool *http_pool_create(struct event_base *base, unsigned threads, unsigned together,
    const char *conninfo, const struct http_pool_calls *calls, void *arg, struct error *error);

/* From the loop. */
void http_pool_put(struct http_pool *pool, struct http_job *job);

/* Waits for the threads to end what they do; `answered` is called for all that is left, answered or not (then without
 * a response body). */
void http_pool_destroy(struct http_pool *pool);

#endif
