/* Why a transaction failed, as far as anyone acts on it: SQLSTATE sorted by what to do next. */
#ifndef DB_FAILURE_H
#define DB_FAILURE_H

#include <stdbool.h>

#include <libpq-fe.h>

enum failure_meaning {
	FAILURE_PARTITION,   /* no partition for the row's day: make it, try again */
	FAILURE_CONFLICT,    /* serialization failure, deadlock: try again */
	FAILURE_READ_ONLY,   /* this server is a standby now: the primary is another */
	FAILURE_CANCELLED,   /* it took too long, and so would what waits behind it: try later */
	FAILURE_UNAVAILABLE, /* the server's trouble: disk full, shutting down: try later */
	FAILURE_LIMIT,  /* an account would pass its limit; detail says which: db/account_limit.h */
	FAILURE_CONTENT /* what was sent: constraint, encoding, limit, or a mistake of ours */
};

struct failure {
	enum failure_meaning meaning;
	char sqlstate[6];
	char text[256];  /* PostgreSQL's primary message, for the log */
	char detail[80]; /* its second, or "" */
};

/* result: of status PGRES_FATAL_ERROR. */
void failure_read(const PGresult *result, struct failure *failure);

/*
 * Whether a notice says that a commit's wait for the synchronous standby was taken back (by pg_cancel_backend(), say). PostgreSQL
 * reports such a commit as done: it is, on this server alone, and is lost where that one is lost.
 */
bool failure_is_unreplicated(const PGresult *notice);

#endif
