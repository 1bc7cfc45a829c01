/*
 * What is kept no longer goes: mail, logs and reports, whose tables are one for each day.
 *
 * The tables of a day that no account keeps anything of are taken out of their parents (DETACH CONCURRENTLY, which nobody waits for) and
 * dropped. Where some accounts keep theirs and others not, the rows of those others are deleted, once for each table and account, in short
 * transactions. One process at a time does it, of all nodes; blocking, on a connection of its own.
 */
#ifndef DB_RETENTION_H
#define DB_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* Days an account may choose, and log.retention_days. Reports that name no time look into each day's table: some 2 ms a day. */
enum { RETENTION_DAYS_MAX = 1100 };

struct retention {
	unsigned days;       /* of accounts that chose none */
	unsigned least_days; /* nobody keeps less: mail may wait so long */
};

struct retention_outcome {
	bool is_elsewhere; /* another process is at it: nothing was done */
	int tables_dropped;
	int64_t rows_deleted;
	int tables_waiting; /* in use, however often it was tried: to be tried again. No rows were deleted then */
};

/* Does what is due, and logs each account whose rows were deleted. False: it was broken off, error says why; outcome tells what was
 * done until then. */
bool retention_run(struct db_connection *connection, const struct retention *retention,
    struct retention_outcome *outcome, struct error *error);

#endif
