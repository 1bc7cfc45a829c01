/*
 * Which service answers what: /u/... is for who unsubscribes (services/unsubscribe), /healthz says whether the database answers, /metrics what there is to count,
 * all else is the API's (services/soap). From a request in memory to a response in memory; any number of threads may.
 *
 * Here for all of them: OPTIONS and methods that a path does not have, requests in gzip, answers in gzip.
 */
#ifndef SERVER_HTTP_ROUTER_H
#define SERVER_HTTP_ROUTER_H

#include "server/http_job.h"

struct http_router;

/* body_bytes: of an inflated body; 413 beyond. metrics_networks: see server/http_metrics.h. NULL: error says why. settings are copied. */
struct http_router *http_router_create(const struct soap_service_settings *settings,
    size_t body_bytes, const struct network_list *metrics_networks, struct error *error);

/* Takes NULL. */
void http_router_destroy(struct http_router *router);

/* Makes the job's response. */
void http_router_answer(
    struct http_router *router, struct db_connection *database, struct http_job *job);

/* The same for jobs that came at the same time; a response's status of 0 means that its job is to be answered alone. count: at most
 * SOAP_SERVICE_TOGETHER_MAX. */
bool http_router_is_together(const struct http_job *job);
void http_router_answer_together(struct http_router *router, struct db_connection *database,
    struct http_job *const *jobs, unsigned count);

/* The same for a job that there is no room for. Quick; needs no database. */
void http_router_refuse(struct http_router *router, struct http_job *job);

/* Milliseconds that the job must wait before it is answered: who guesses passwords is slowed down. */
int http_router_delay(struct http_router *router, const struct http_job *job);

#endif
