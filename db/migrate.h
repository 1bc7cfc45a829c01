/*
 * Brings the schema up to date: the files of db/migrations, in order, each once, each in its own transaction, while others use the
 * database. A migration that does not get a lock within DB_LOCK_TIMEOUT is rolled back and tried again, for as long as it takes.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>

#include "base/error.h"
#include "db/connection.h"

/* What is told of migrations as they are applied: before each, name "0003_suppression", seconds -1; after it, how long it took. number: of
 * those that are missing, from 1; count: how many these are. */
struct db_migrate_progress {
	void (*each)(void *arg, const char *name, int number, int count, double seconds);
	void *arg;
};

/* Applies what is missing, under an advisory lock (several nodes may start at once). applied, if not NULL, gets how
 * many were. Fails, and changes nothing, for a database that a newer Bracemail has migrated further, one
 * whose encoding is not UTF8, or a server older than PostgreSQL 15. */
bool db_migrate(struct db_connection *connection, int *applied, struct error *error);

/* The same, and tells; progress NULL: nothing. */
bool db_migrate_telling(struct db_connection *connection,
    const struct db_migrate_progress *progress, int *applied, struct error *error);

#endif
