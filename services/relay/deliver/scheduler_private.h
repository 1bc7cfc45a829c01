/*
 * What the files of the scheduler share: scheduler.c (its life), scheduler_claim.c (what comes from
 * and goes to the database), scheduler_withdraw.c (what is not to be sent any more), scheduler_drain.c (the clean stop), destination.c (who is served
 * next).
 */
#ifndef SERVICES_RELAY_DELIVER_SCHEDULER_PRIVATE_H
#define SERVICES_RELAY_DELIVER_SCHEDULER_PRIVATE_H

#include "services/relay/deliver/resolver.h"
#include "services/relay/deliver/route.h"
#include "services/relay/deliver/scheduler.h"
#include "services/relay/deliver/transfer.h"

enum {
	SCHEDULER_BACKLOG_MAX = 10000,   /* deliveries waiting in memory */
	SCHEDULER_BACKLOG_ACCEPT = 7500, /* below it mail just accepted may stay in memory */
	SCHEDULER_BACKLOG_CLAIM =
	    8500, /* below it the queue is read: retries and campaigns get their part */
	SCHEDULER_DESTINATION_MAX = 2500, /* of the backlog, for one domain among others */
	SCHEDULER_SMARTHOST_PART =
	    8,                       /* of the budget: an eighth is for content that waits for it */
	SCHEDULER_COMPOSED_PART = 4, /* of the budget: a quarter is for content that is composed */
	SCHEDULER_DESTINATIONS_REMEMBERED = 20000, /* idle ones, for their failures */
	SCHEDULER_CLAIM_ROWS = 1000,               /* at a time */
	SCHEDULER_CLAIM_BYTES = 16 << 20,
	SCHEDULER_CLAIM_BYTES_LEAST = 1
	    << 20,                  /* with nothing under way, whatever the budget says */
	SCHEDULER_POLL_SECONDS = 5, /* for what no notification told */
	SCHEDULER_WITHDRAWN_SECONDS =
	    1, /* until what went back as its recipient unsubscribed is claimed again */
	SCHEDULER_RECORD_SECONDS = 5 /* for the last records of a clean stop */
};

enum scheduler_state { SCHEDULER_RUNNING, SCHEDULER_DRAINING, SCHEDULER_DRAINED };

struct scheduler {
	struct event_base *base;
	struct db_worker *worker;
	const struct deliver_settings *settings;
	struct transfer_context transfers;
	struct resolver *resolver;
	struct mta_sts *mta_sts;         /* NULL: policies are not asked for */
	struct route_endpoint smarthost; /* of DELIVER_ROUTE_SMARTHOST */
	enum scheduler_state state;
	bool is_up; /* the claim stands */

	GHashTable *destinations; /* struct destination by name, owned */
	GQueue
	    crowd; /* destinations that wait for the number of connections to fall, or for memory */
	GQueue fresh;         /* destinations with deliveries that just came */
	GQueue resting;       /* connections between messages, longest first: destination.c */
	unsigned open;        /* connections in use or resting */
	unsigned backlog;     /* deliveries waiting in all destinations */
	size_t backlog_bytes; /* their shares of content */
	struct event *serve;  /* lets the crowd go on */

	bool is_claiming; /* a claim is under way */
	bool is_behind;   /* more is due in the database than was taken */
	int64_t due_at;   /* when the timer `due` fires */
	struct event *due;
	unsigned recording; /* records not committed yet */
	/* Ids of transfers past the dot that went on when the claim was lost */
	GHashTable *outliving;

	struct event *drain_timer;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* scheduler.c: a delivery to its destination, which is to be served when all have come: destination_serve_fresh(); or to its
 * end, when it is not to be sent. */
void scheduler_take(struct scheduler *scheduler, struct delivery *delivery);

/* Hands each waiting delivery of each destination to take, which owns it then. */
void scheduler_empty(struct scheduler *scheduler,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery));

/* scheduler_claim.c */
void scheduler_claim_create(struct scheduler *scheduler);
void scheduler_claim_destroy(struct scheduler *scheduler);
void scheduler_claim(struct scheduler *scheduler);

/* How much content may wait in memory: what is beyond waits in the database alone. For a smarthost that is what its
 * connections soon take: more would gain nothing. Where there are many destinations, the slow ones must not keep out the others
 * so soon. */
size_t scheduler_backlog_bytes(const struct scheduler *scheduler);

/* How much content may be claimed now; 0: wait until something under way has ended. */
size_t scheduler_claim_bytes(const struct scheduler *scheduler);
void scheduler_claim_if_behind(struct scheduler *scheduler);
void scheduler_due_at(struct scheduler *scheduler, int64_t when);

/* Back to the queue, due at once. */
void scheduler_give_back(struct scheduler *scheduler, struct delivery *delivery);
void scheduler_record(
    struct scheduler *scheduler, struct delivery *delivery, struct attempt *attempt);

/* scheduler_drain.c: something ended: is the stop complete? */
void scheduler_drain_check(struct scheduler *scheduler);

#endif
