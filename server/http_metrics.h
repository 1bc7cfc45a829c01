/*
 * /metrics: what all processes have counted (base/metrics.h), and what waits in the queue, in Prometheus' text format. The queue is
 * read once in HTTP_METRICS_QUEUE_SECONDS, however often and by whomever it is asked for. Thread-safe.
 */
#ifndef SERVER_HTTP_METRICS_H
#define SERVER_HTTP_METRICS_H

#include "base/network.h"
#include "db/connection.h"

#include "server/http_job.h"

#define HTTP_METRICS_PATH "/metrics"

enum { HTTP_METRICS_QUEUE_SECONDS = 60 };

struct http_metrics;

/* networks: of clients that may ask; must outlive it. */
struct http_metrics *http_metrics_create(const struct network_list *networks);
void http_metrics_destroy(struct http_metrics *metrics);

/* Makes the job's response: 403 for whoever may not ask. Without the database, what is counted is there all the same. */
void http_metrics_answer(
    struct http_metrics *metrics, struct db_connection *database, struct http_job *job);

#endif
