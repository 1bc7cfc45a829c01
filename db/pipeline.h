/*
 * One asynchronous connection to PostgreSQL: libpq's pipeline mode on a libevent loop.
 *
 *   pipeline_create() -> up -> pipeline_begin(), pipeline_execute()..., pipeline_commit() -> done -> ...
 *   ... -> down (connection lost; it is made again by itself) -> up -> ... -> pipeline_destroy()
 *
 * A transaction is its statements and a sync: one implicit transaction, one round trip, committed when its
 * `done` says so. Transactions may be sent while others are under way; they run in order. When one
 * fails, its own statements are undone and the next ones go on.
 *
 * The hosts of the connection string are tried in turn (db/hosts.h), again and again with a pause between the rounds. A server
 * that says it is read-only is left, and so is one that took back the wait for its synchronous standby:
 * what it called committed may be lost with it.
 *
 * Where the database is Citus's (db/citus.sql) a transaction is an explicit block: only in one does Citus let its nodes commit
 * together. Its COMMIT stands behind a sync of its own, so that one is there, as a ROLLBACK, when a statement failed.
 *
 * Nothing blocks, but for libpq's look-up of a host name in the connection string: prefer addresses. Callbacks
 * run from the event loop, never inside a call. A server that does not answer for
 * profile.answer_seconds while a transaction waits counts as lost.
 */
#ifndef DB_PIPELINE_H
#define DB_PIPELINE_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "db/failure.h"
#include "db/parameters.h"

struct event_base;
struct pipeline;

/* Citus's catalog. */
#define PIPELINE_IS_DISTRIBUTED_SQL "to_regclass('pg_dist_partition') IS NOT NULL"

enum { PIPELINE_RETRY_FIRST_MS = 100, PIPELINE_RETRY_MAX_MS = 2000 };

/* name: unique on its connection. Parameters are typed by casts in the text. */
struct pipeline_statement {
	const char *name;
	const char *sql;
};

/* What a connection is for. All of it must outlive the pipeline. */
struct pipeline_profile {
	const char *name;           /* for the log: "accept" */
	const char *settings;       /* one statement, run at each connection */
	const char *const *listens; /* LISTEN statements, NULL-terminated */
	/* Lists to prepare, NULL-terminated; each ends with a NULL name */
	const struct pipeline_statement *const *statements;
	unsigned answer_seconds;
};

struct pipeline_events {
	void (*up)(void *arg);
	void (*down)(void *
		arg); /* after `up`, when it is lost; all transactions under way were answered before */
	/* NULL: not interested. What was committed before is in the results that came before. */
	void (*notified)(void *arg, const char *channel, const char *payload);
};

enum pipeline_status {
	PIPELINE_COMMITTED,
	PIPELINE_FAILED, /* undone; failure says why */
	PIPELINE_LOST    /* the connection broke: whether it committed is not known */
};

struct pipeline_outcome {
	enum pipeline_status status;
	PGresult *const *
	    results; /* PIPELINE_COMMITTED: one per statement, in order, binary; gone after the call */
	struct failure failure; /* PIPELINE_FAILED */
};

typedef void pipeline_done(void *arg, const struct pipeline_outcome *outcome);

/* Starts to connect from the event loop. conninfo (libpq connection string) is copied. */
struct pipeline *pipeline_create(struct event_base *base, const char *conninfo,
    const struct pipeline_profile *profile, const struct pipeline_events *events, void *arg);

/* Transactions under way are answered PIPELINE_LOST; `down` is not called. Not from within a callback of this pipeline. */
void pipeline_destroy(struct pipeline *pipeline);

bool pipeline_is_ready(const struct pipeline *pipeline);

/* Whether its tables are spread over the nodes of Citus: true of a database that has Citus's catalog. It must be ready. */
bool pipeline_is_distributed(const struct pipeline *pipeline);

/* The host that it is connected to, as db_hosts_turn(). */
unsigned pipeline_host(const struct pipeline *pipeline);

/* Gives up the connection, from the event loop, and makes a new one. reason: for the log. */
void pipeline_reconnect(struct pipeline *pipeline, const char *reason);

/* Between begin and commit no other transaction can be made on this pipeline. It must be ready. */
void pipeline_begin(struct pipeline *pipeline);

/* Sends a statement of the profile; parameters may be NULL (none) and are done with on return. */
void pipeline_execute(struct pipeline *pipeline, const struct pipeline_statement *statement,
    struct parameters *parameters);
void pipeline_commit(struct pipeline *pipeline, pipeline_done *done, void *arg);

#endif
