/*
 * A blocking connection, for the command line, the supervisor and the API's worker threads.
 * (The relay's workers are asynchronous: db/worker.h.)
 *
 * db_query() prepares each statement once per connection (known by its text) and binds every
 * parameter as text. A connection that broke is made again at the next call outside a transaction. One thread
 * at a time.
 */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "base/error.h"

struct db_connection;
struct conversation_decoder;

/* How a statement ended, as far as callers act on it. */
enum db_status {
	DB_STATUS_OK,
	DB_STATUS_UNAVAILABLE, /* no connection, or it broke: nothing is known to be done */
	DB_STATUS_UNIQUE,      /* SQLSTATE 23505: the name exists already */
	DB_STATUS_FOREIGN_KEY, /* 23503 */
	DB_STATUS_LIMITED,     /* the account would pass its limit: the error says which */
	/* 40001, 40P01, 55P03: serialization failure, deadlock, or no lock within lock_timeout: the transaction may be
	 * tried again */
	DB_STATUS_RETRY,
	DB_STATUS_FAILED /* anything else: a bug or a broken database; the error says what */
};

/* Does not connect yet: the first use does. conninfo: libpq connection string, copied. */
struct db_connection *db_connection_create(const char *conninfo);
void db_connection_destroy(struct db_connection *connection);

/* Of several hosts this one is tried first: db_hosts_turn(). Before the first use. */
void db_connection_set_host(struct db_connection *connection, unsigned turn);

/*
 * Runs one statement with `count` text parameters (NULL: SQL NULL). On DB_STATUS_OK *result holds the answer, the
 * caller's to PQclear(); otherwise *result is NULL and error says why. result may be NULL when no rows are wanted.
 * sql must be a string that lives as long as the connection (a literal).
 */
enum db_status db_query(struct db_connection *connection, const char *sql, int count,
    const char *const *values, PGresult **result, struct error *error);

/* A statement that returns one number or no row: found says which. Otherwise as db_query(). */
enum db_status db_query_number(struct db_connection *connection, const char *sql, int count,
    const char *const *values, int64_t *number, bool *found, struct error *error);

/* The same for one that fits 32 bits, as ids of groups do. *id: as it was where there is no row. */
enum db_status db_query_id(struct db_connection *connection, const char *sql, int count,
    const char *const *values, int32_t *id, bool *found, struct error *error);

/* A statement of whose answer it counts whether it has rows. Otherwise as db_query(). */
enum db_status db_query_any(struct db_connection *connection, const char *sql, int count,
    const char *const *values, bool *any, struct error *error);

/* Several statements in one string, unprepared, without parameters: migrations, BEGIN/COMMIT. */
enum db_status db_execute(struct db_connection *connection, const char *sql, struct error *error);

/* BEGIN, COMMIT, ROLLBACK. Within a transaction a lost connection is not remade: statements answer
 * DB_STATUS_UNAVAILABLE until db_rollback(). db_rollback() never fails. */
enum db_status db_begin(struct db_connection *connection, struct error *error);
enum db_status db_commit(struct db_connection *connection, struct error *error);
void db_rollback(struct db_connection *connection);

/* Ends a transaction: commits it where all went well, status being DB_STATUS_OK. Returns what came of it in the end. */
enum db_status db_end(struct db_connection *connection, enum db_status status, struct error *error);

/* Whether a statement ended DB_STATUS_UNAVAILABLE since this was asked last: what failed then may not fail again. */
bool db_connection_was_troubled(struct db_connection *connection);

/* Reads the conversations that it gets; made at the first use, the connection's. */
struct conversation_decoder *db_connection_decoder(struct db_connection *connection);

/* A number as text for `values`, into out. Returns out. */
enum { DB_NUMBER_SIZE = 24 };
const char *db_number(int64_t number, char *out);

/* What changes tables waits so long for a lock, as lock_timeout: all that comes meanwhile waits behind it. */
#define DB_LOCK_TIMEOUT "250ms"

/* SQL: a timestamptz as a number, in microseconds since 1970 (base/clock.h). */
#define DB_MICROSECONDS(time) "(extract(epoch FROM " time ") * 1000000)::bigint"

/* As libpq calls the formats of a result's columns. */
enum { DB_FORMAT_TEXT, DB_FORMAT_BINARY };

/* Column of a row as a number (0 for NULL), in either format. */
int64_t db_get_number(const PGresult *result, int row, int column);

#endif
