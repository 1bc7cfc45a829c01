/*
 * Reads of several callers in one round trip: libpq's pipeline mode on a blocking connection (db/connection.h).
 *
 * They share one implicit transaction. When one of them fails, those after it are not run: whose result is NULL asks again by
 * db_query(), which says why.
 */
#ifndef DB_READ_ALL_H
#define DB_READ_ALL_H

#include "db/connection.h"

enum {
	DB_READ_VALUES_MAX = 4,
	DB_READ_ALL_MAX = 64 /* what the socket holds is more than their statements */
};

struct db_read {
	const char *sql; /* lives as long as the connection, as for db_query() */
	int count;       /* of values */
	const char *values[DB_READ_VALUES_MAX];
	/* In binary: numbers by db_get_number(), texts and bytes as they are. The caller's to PQclear(); NULL: it failed, or was not run */
	PGresult *result;
};

/* Not within a transaction. count: at most DB_READ_ALL_MAX. Sets the result of each. */
void db_read_all(struct db_connection *connection, struct db_read *const *reads, unsigned count);

#endif
