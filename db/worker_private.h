/*
 * Inside of db/worker.h: the worker's connections, its identity, and the parts that use them.
 *
 *   accept    message_store.c: batches of messages, blocks of ids
 *   results   worker_identity.c (the advisory lock, LISTEN, the reaper), queue_claim.c, queue_record.c,
 *             return_path_setup.c
 *   lookup    account_lookup.c, dkim_key_lookup.c, bounce_record.c, bounce_origin.c,
 *             mta_sts_store.c: never wait behind a batch of 8 MiB
 *
 * Each part has on_up/on_down calls for its connection, made by worker.c.
 */
#ifndef DB_WORKER_PRIVATE_H
#define DB_WORKER_PRIVATE_H

#include "db/worker.h"

#include <event2/event.h>

#include "db/pipeline.h"

struct worker_check;
struct message_store;
struct queue_claims;
struct queue_records;
struct account_lookups;
struct dkim_key_lookups;
struct return_path_setup;

enum worker_state {
	WORKER_AWAY,        /* the results connection is down */
	WORKER_REGISTERING, /* its row and its lock are on their way */
	WORKER_RECORDING,   /* what earlier deliveries came to is written before anything else */
	WORKER_CHECKING,    /* the ledger is compared: worker_check.c */
	WORKER_REAPING,     /* its former claims, and those of the dead, are released */
	WORKER_READY,       /* waits for the other connections */
	WORKER_UP,
	WORKER_LEAVING,
	WORKER_LEFT
};

enum {
	WORKER_REAP_MS = 1000,
	/* After a loss of the database all have lost it: the others get that long to come back, and to write what
	 * their last deliveries came to, before those are taken for undelivered. */
	WORKER_GRACE_REAPS = 10,
	WORKER_MAINTENANCE_SECONDS = 3600,
	WORKER_PARTITIONS_AHEAD = 7, /* days */
	WORKER_RESULTS_ANSWER_SECONDS =
	    20, /* less than the server's patience with us: see worker.c */
	WORKER_ACCEPT_ANSWER_SECONDS = 90,
	WORKER_LOOKUP_ANSWER_SECONDS = 20
};

/* Who waits until the ledger is compared, as bits. */
enum worker_check_for { WORKER_CHECK_STORE = 1, WORKER_CHECK_IDENTITY = 2 };

struct db_worker {
	struct event_base *base;
	char *node;
	struct db_worker_events events;
	void *arg;
	struct pipeline *accept, *results, *lookup;

	enum worker_state state;
	int64_t identity; /* worker_id while its row and lock are known to stand; else 0 */
	int64_t former;   /* the identity before, until its claims are released; or 0 */
	struct event *reaper;
	int64_t clock_asked_at; /* g_get_monotonic_time() */
	bool reaping;
	unsigned grace; /* reaps that leave all others alone */
	unsigned reaps_to_maintenance;
	struct worker_check *check; /* NULL: there is no ledger */
	bool is_accept_checked;     /* the database of that connection was compared */
	struct event *left;         /* runs left_done */
	void (*left_done)(void *arg);
	void *left_arg;

	struct message_store *store;
	struct queue_claims *claims;
	struct queue_records *records;
	struct account_lookups *lookups;
	struct dkim_key_lookups *dkim_keys;
	struct return_path_setup *return_paths;
};

/* worker.c */
void worker_enter_state(struct db_worker *worker, enum worker_state state);

/* Has the ledger compared, if there is one; then worker_on_checked() with whom. */
void worker_have_checked(struct db_worker *worker, enum worker_check_for whom);
void worker_on_checked(struct db_worker *worker, unsigned whom);

/* Whether messages may be stored. */
bool worker_accepts(const struct db_worker *worker);

/* Announces `up` when the identity is ready and every connection stands. */
void worker_consider_up(struct db_worker *worker);

/* worker_check.c */
struct worker_check *worker_check_create(
    struct db_worker *worker, const char *conninfo, const struct restored_ledger *ledger);
void worker_check_destroy(struct worker_check *check); /* waits for what is under way to give up */

/* One that begins from now on; worker_on_checked() says when it is over. */
void worker_check_want(struct worker_check *check, enum worker_check_for whom);
void worker_check_forget(struct worker_check *check, enum worker_check_for whom);

/* worker_clock.c */
extern const struct pipeline_statement worker_clock_statements[];

/* All nodes go by the database's clock: what a worker says of times (when a delivery is due, above all) others read. Where this
 * machine's differs, it is told and not followed. */
void worker_clock_check(struct db_worker *worker);

/* worker_identity.c */
/* The rows of the dead. $1 this worker, $2 its former self (0: none), whose lock a dying session may still hold, $3 lock class, $4 whether
 * others than that are looked at. */
#define WORKER_REAP_SQL                                                                            \
	"WITH dead AS MATERIALIZED ("                                                              \
	" SELECT worker_id FROM worker WHERE worker_id <> $1::int"                                 \
	" AND (worker_id = $2::int"                                                                \
	"  OR ($4::boolean AND pg_try_advisory_xact_lock($3::int, worker_id)))"                    \
	" FOR UPDATE SKIP LOCKED) "                                                                \
	"DELETE FROM worker USING dead WHERE worker.worker_id = dead.worker_id "                   \
	"RETURNING worker.worker_id"

/* Then their claims. The workers are listed apart: where the queue is distributed (db/citus.sql) they are not. */
#define WORKER_RELEASE_SQL                                                                         \
	"UPDATE queue SET claim = NULL WHERE claim IS NOT NULL "                                   \
	"AND claim <> ALL (ARRAY(SELECT worker_id::bigint FROM worker))"

extern const struct pipeline_statement worker_identity_statements[];
void worker_identity_take(struct db_worker *worker);
void worker_identity_lost(struct db_worker *worker);
void worker_identity_recorded(struct db_worker *worker); /* no record waits any more */
void worker_identity_checked(struct db_worker *worker);
void worker_identity_on_reap_timer(evutil_socket_t socket, short events, void *arg);
void worker_identity_leave(struct db_worker *worker);

/* message_store.c */
extern const struct pipeline_statement message_store_statements[];
struct message_store *message_store_create(struct db_worker *worker);
void message_store_destroy(struct message_store *store); /* answers what waits */
void message_store_on_up(struct message_store *store);
void message_store_on_down(struct message_store *store);

/* queue_claim.c */
extern const struct pipeline_statement queue_claim_statements[];
struct queue_claims *queue_claims_create(struct db_worker *worker);
void queue_claims_destroy(struct queue_claims *claims);

/* queue_record.c */
extern const struct pipeline_statement queue_record_statements[];
struct queue_records *queue_records_create(struct db_worker *worker);
void queue_records_destroy(struct queue_records *records);
void queue_records_on_identity(struct queue_records *records); /* a batch may be written */

/* account_lookup.c */
extern const struct pipeline_statement account_lookup_statements[];
struct account_lookups *account_lookups_create(struct db_worker *worker);
void account_lookups_destroy(struct account_lookups *lookups);
void account_lookups_forget(struct account_lookups *lookups); /* accounts changed, or may have */

/* dkim_key_lookup.c */
extern const struct pipeline_statement dkim_key_lookup_statements[];
struct dkim_key_lookups *dkim_key_lookups_create(struct db_worker *worker);
void dkim_key_lookups_destroy(struct dkim_key_lookups *lookups); /* no question is under way */
void dkim_key_lookups_forget(struct dkim_key_lookups *lookups);

/* return_path_setup.c */
extern const struct pipeline_statement return_path_setup_statements[];
struct return_path_setup *return_path_setup_create(struct db_worker *worker);
void return_path_setup_destroy(struct return_path_setup *setup);
void return_path_setup_read(struct return_path_setup *setup); /* accounts changed, or may have */

/* bounce_record.c */
extern const struct pipeline_statement bounce_record_statements[];

/* bounce_origin.c */
extern const struct pipeline_statement bounce_origin_statements[];

/* unsubscribe_record.c */
extern const struct pipeline_statement unsubscribe_record_statements[];

/* mta_sts_store.c */
extern const struct pipeline_statement mta_sts_store_statements[];

#endif
