/*
 * What the processes count, for an operator's Prometheus.
 *
 *   metrics_share()           in the supervisor, once
 *   metrics_attach("relay-1") in each process that it starts; a process of the same name goes on where the one before it ended
 *   metrics_count(METRIC_MESSAGES_ACCEPTED, 1), metrics_time(METRIC_TIME_ACCEPT, microseconds)
 *   metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, 1), ... -1
 *   metrics_write(text)       in any of them: what all processes have counted
 *
 * Counts are kept in memory that the processes share, for as long as the supervisor runs. Thread-safe, without locks. Before
 * metrics_attach() counts go nowhere. Of one name there may be two processes, one that ends and the next.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

#include <glib.h>

enum { METRICS_PROCESSES_MAX = 256, METRICS_NAME_SIZE = 32 };

/* metrics.c has their names. */
enum metric {
	METRIC_SMTP_SESSIONS,
	METRIC_SMTP_TLS_12,
	METRIC_SMTP_TLS_13,
	METRIC_SMTP_REPLIES_2, /* those of class 3, 4, 5 follow */
	METRIC_SMTP_REPLIES_3,
	METRIC_SMTP_REPLIES_4,
	METRIC_SMTP_REPLIES_5,
	METRIC_MESSAGES_ACCEPTED,
	METRIC_RECIPIENTS_ACCEPTED,
	METRIC_BYTES_ACCEPTED,
	METRIC_ATTEMPTS_DELIVERED, /* in the order of enum attempt_status (db/queue.h) */
	METRIC_ATTEMPTS_DEFERRED,
	METRIC_ATTEMPTS_FAILED,
	METRIC_DELIVERY_TLS_12,
	METRIC_DELIVERY_TLS_12_VERIFIED,
	METRIC_DELIVERY_TLS_13,
	METRIC_DELIVERY_TLS_13_VERIFIED,
	METRIC_API_REQUESTS_2, /* those of class 3, 4, 5 follow */
	METRIC_API_REQUESTS_3,
	METRIC_API_REQUESTS_4,
	METRIC_API_REQUESTS_5,
	METRIC_API_FAULTS,
	METRIC_REPORTS_PRIMARY,
	METRIC_REPORTS_STANDBY,
	METRIC_COUNT
};

enum metric_time {
	METRIC_TIME_ACCEPT,   /* from a message's end to the reply */
	METRIC_TIME_ATTEMPT,  /* one attempt of a delivery */
	METRIC_TIME_DELIVERY, /* from a message's acceptance to its delivery */
	METRIC_TIME_API,      /* from a request's end to its answer */
	METRIC_TIME_COUNT
};

/* What there is at a time. A process that ends takes its own along, also when it is killed. */
enum metric_gauge {
	METRIC_GAUGE_SMTP_CLIENTS,
	METRIC_GAUGE_DELIVERY_BUSY,
	METRIC_GAUGE_DELIVERY_IDLE,
	METRIC_GAUGE_MESSAGE_BYTES,
	METRIC_GAUGE_API_CLIENTS,
	METRIC_GAUGE_API_BUSY, /* threads, each with its connection to the database */
	METRIC_GAUGE_API_IDLE,
	METRIC_GAUGE_API_WAITING, /* requests, for a thread */
	METRIC_GAUGE_COUNT
};

/* Without memory to share, which is rare, nothing is counted. */
void metrics_share(void);

/* name: of the process, which has none of what gauges tell; cut to METRICS_NAME_SIZE - 1. Beyond METRICS_PROCESSES_MAX names nothing is counted. */
void metrics_attach(const char *name);

void metrics_count(enum metric metric, uint64_t more);

/* One event that got a reply: class_2 is the metric of codes from 200 to 299, those of 3xx, 4xx and 5xx follow it. */
void metrics_count_class(enum metric class_2, int code);

/* One event that took so many microseconds. */
void metrics_time(enum metric_time which, int64_t microseconds);

/* So many more, or less. */
void metrics_gauge_add(enum metric_gauge gauge, int64_t more);

/* Appends Prometheus' text format, version 0.0.4. */
void metrics_write(GString *text);

#endif
