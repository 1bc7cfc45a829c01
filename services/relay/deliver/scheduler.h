/*
 * The delivering side: takes deliveries from memory (just accepted) or from the queue in the
 * database (retries, campaigns, what a dead worker left), and makes one SMTP attempt of each when
 * its time has come. Each attempt ends in queue_record() with its transcript.
 */
#ifndef SERVICES_RELAY_DELIVER_SCHEDULER_H
#define SERVICES_RELAY_DELIVER_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory_budget.h"
#include "db/queue.h"

struct event_base;
struct db_worker;
struct scheduler;

/* How mail travels (security.h): in the clear, under TLS where offered, under verified TLS alone. */
enum deliver_tls { DELIVER_TLS_OFF, DELIVER_TLS_OPPORTUNISTIC, DELIVER_TLS_REQUIRED };

/* Who is told that a message failed: who said so, or also who said nothing (RFC 3461 4.1). */
enum deliver_reports { DELIVER_REPORTS_ASKED, DELIVER_REPORTS_ALWAYS };

enum deliver_route { DELIVER_ROUTE_MX, DELIVER_ROUTE_SMARTHOST };

struct deliver_settings {
	const char *hostname;      /* EHLO; also names Message-IDs of composed mail */
	const char *bounce_domain; /* of the return paths that mail leaves under */
	/* "https://api.example.net": of the links to unsubscribe from campaigns; NULL: they leave without */
	const char *unsubscribe_base;
	enum deliver_route route;
	/* Of DELIVER_ROUTE_SMARTHOST: "[127.0.0.1]:2526", "mx.example.net:25" */
	const char *smarthost;
	unsigned port;            /* of MX hosts: 25, but for tests */
	const char *resolver;     /* "127.0.0.1@5353": ask there; NULL: as /etc/resolv.conf says */
	const char *trust_anchor; /* file; with it DNSSEC is validated and DANE used; NULL: not */
	const unsigned *retry_seconds; /* wait after attempt 1, 2, ...; the last repeats */
	unsigned retry_count;
	unsigned
	    retry_greylisted_seconds; /* instead, after the first replies of a greylisting server */
	unsigned retry_full_seconds;  /* at least, when the mailbox is full */
	unsigned lifetime_seconds;    /* since queued_at; past it a deferral is a failure */
	unsigned connect_seconds;     /* timeouts: TCP and TLS */
	unsigned reply_seconds;       /* any reply but the last */
	unsigned final_seconds;       /* the reply to the content; RFC 5321 4.5.3.2.6: 10 min */
	unsigned connections;         /* at once, in this worker */
	unsigned destination_connections; /* at once to one destination, in this worker */
	unsigned destination_rate;        /* messages a minute to one; 0: any number */
	unsigned transaction_recipients;  /* of one message, in one transaction */
	unsigned connection_messages;     /* over one connection, before it is closed */
	unsigned idle_seconds;            /* how long a connection waits for the next message */
	enum deliver_tls tls;
	const char *const *tls_required; /* mail domains; NULL-terminated; NULL: none */
	enum deliver_reports failure_reports;
	unsigned delay_report_seconds; /* since queued_at, before a delay is told */
	unsigned report_bytes;         /* of the message, that come back in a report */
	bool mta_sts;                  /* policies of mail domains (mta_sts.h) */
	unsigned mta_sts_seconds;      /* for the fetch of one */
	unsigned mta_sts_port;         /* of their servers: 443, but for tests */
	bool logs_attempts;            /* a line of the log for each (attempt_log.h) */
	const char *tls_authorities;   /* PEM file of those trusted; NULL: the system's */
};

/* 5, 10, 20, 40, 80, 160, 240 min (greylisted 5 min, mailbox full 60 min), for 5 days; 30 s, 300 s, 600 s; 500, 20, 100, 1000, 2 s; opportunistic TLS; reports as asked, of delay after 4 h, with 64 KiB. */
struct deliver_settings deliver_settings_default(void);

/* settings, worker and budget (message bytes held by this worker) must outlive the scheduler. */
struct scheduler *scheduler_create(struct event_base *base, struct db_worker *worker,
    const struct deliver_settings *settings, struct memory_budget *budget, struct error *error);

/* A message that was just stored: this worker claimed all its deliveries. */
void scheduler_add_message(struct scheduler *scheduler, struct message *message);

/* Whether memory should hold more: false when the backlog is long; then messages are stored
 * unclaimed. */
bool scheduler_has_room(const struct scheduler *scheduler);

/* From struct db_worker_events. down: connections that have not sent the final dot are closed,
 * waiting deliveries forgotten; those past the dot await their reply and record it. */
void scheduler_on_up(struct scheduler *scheduler);
void scheduler_on_down(struct scheduler *scheduler);
void scheduler_on_wake(struct scheduler *scheduler);

/* The operator wants what is due tried: destinations rest no longer. */
void scheduler_on_retry(struct scheduler *scheduler);

/* What waits here for that address, or is being sent but has not come to its final dot, goes back to the queue, where the
 * next claim sees that it is not to be sent. */
void scheduler_on_unsubscribed(
    struct scheduler *scheduler, int64_t account_id, const char *address);

/* Likewise what waits here of that campaign; the queue has it no longer. */
void scheduler_on_campaign_deleted(
    struct scheduler *scheduler, int64_t account_id, int32_t campaign_id);

/* Clean stop: starts nothing new, gives waiting deliveries back, lets running ones end (at most
 * seconds), then calls done once. */
void scheduler_drain(
    struct scheduler *scheduler, unsigned seconds, void (*done)(void *arg), void *arg);
void scheduler_destroy(struct scheduler *scheduler);

#endif
