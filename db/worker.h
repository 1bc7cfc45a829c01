/*
 * A relay worker's hold on the database: its connections, its identity (the claim), its block of ids.
 *
 * A worker has a row in table worker and holds pg_advisory_lock(ADVISORY_CLASS_WORKER, worker_id) on its
 * results connection. While that session lives, every queue row with claim = worker_id is this
 * worker's alone. When it ends, however it ends, another worker (or this one, under a new identity)
 * finds the lock free and releases the claims; one that lost the database itself gives the others ten seconds
 * to come back first. So: on `down` the owner stops delivering at once and
 * forgets its deliveries; they come back through queue_claim() after the next `up`.
 *
 * Everything is asynchronous on one event loop; no call blocks; callbacks never run inside the call
 * that asked for them. Reconnects by itself (0.1 s growing to 2 s), for ever.
 */
#ifndef DB_WORKER_H
#define DB_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"

struct event_base;
struct db_worker;
struct restored_ledger;

enum { ADVISORY_CLASS_WORKER = 1111, ADVISORY_CLASS_MAINTENANCE = 1112 };

#define WORKER_PAYLOAD_RETRY "retry"

/* What came of a request that a caller must tell its own client about. */
enum db_outcome {
	DB_OK,
	DB_UNAVAILABLE, /* no database just now: 451, try again; nothing is known to be stored */
	DB_REFUSED      /* the database will not take this one, ever (account gone, ...) */
};

struct db_worker_events {
	void (*up)(void *arg);         /* identity taken: claims may be made */
	void (*down)(void *arg);       /* the claim is gone: stop delivering, forget deliveries */
	void (*queue_wake)(void *arg); /* NOTIFY bracemail_queue: something new is due */
	/* The same with WORKER_PAYLOAD_RETRY: it is to be tried, whatever became of others before. */
	void (*queue_retry)(void *arg);
	/* Since then claims know of it: what was claimed before is not to be sent there. */
	void (*unsubscribed)(void *arg, int64_t account_id, const char *address);
	/* Nothing of it is in the queue any more. */
	void (*campaign_deleted)(void *arg, int64_t account_id, int32_t campaign_id);
};

/* node: a name for this machine, for operators. ledger: is compared with each database that is connected to (db/restored_check.h),
 * before messages are stored there, and deliveries claimed; copied. Starts to connect at once. The caller destroys it. */
struct db_worker *db_worker_create(struct event_base *base, const char *conninfo, const char *node,
    const struct restored_ledger *ledger, const struct db_worker_events *events, void *arg);

bool db_worker_is_up(const struct db_worker *worker);

/*
 * Gives back what this worker claimed but did not finish, removes its row, then calls done once
 * (at once when the database is down). For a clean stop; db_worker_destroy() follows.
 */
void db_worker_leave(struct db_worker *worker, void (*done)(void *arg), void *arg);

/* For a command: the claims of workers that died are released, as any worker does it. Blocking. */
enum db_status db_workers_reap(struct db_connection *connection, struct error *error);

/* Workers that live, as {1,2}: their locks are held. Blocking; *workers: the caller's to g_free(). */
enum db_status db_workers_alive(
    struct db_connection *connection, char **workers, struct error *error);

/* Names of other nodes than `node` that have workers, none of whom lives: of a restored database, those that served it at that time.
 * Until their claims are released. Blocking; *names: the caller's. */
enum db_status db_workers_gone(
    struct db_connection *connection, const char *node, GPtrArray **names, struct error *error);

/* Closes connections. Requests under way are answered DB_UNAVAILABLE first; records not yet written are dropped. Of all
 * callbacks only the `done` of db_worker_leave() may call it. */
void db_worker_destroy(struct db_worker *worker);

#endif
