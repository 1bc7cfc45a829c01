/* How far a primary and its standby are in the log, and how a standby is connected to (db/standby.h). */
#ifndef DB_STANDBY_POSITION_H
#define DB_STANDBY_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

struct standby_position {
	int64_t
	    lsn; /* a primary's: all that was committed is before it; a standby's: what is before it can be read */
	int64_t
	    at; /* by the primary's clock, microseconds: now; a standby's: when the last transaction that can be read committed */
	int64_t system, timeline;
};

/* The primary's. */
enum db_status standby_position_of_primary(
    struct db_connection *primary, struct standby_position *position, struct error *error);

/* The standby's; DB_STATUS_FAILED where it is none. */
enum db_status standby_position_read(
    struct db_connection *standby, struct standby_position *position, struct error *error);

/* Whether the standby is one of this primary, on its timeline. */
bool standby_position_is_of(
    const struct standby_position *standby, const struct standby_position *primary);

/* Whether it is, and has all that the primary had then, or had so many microseconds before. */
bool standby_position_suffices(const struct standby_position *standby,
    const struct standby_position *primary, int64_t staleness);

/* The connection string with what it leaves out: of several hosts a standby is taken, a connection that is not made, or not answered, within seconds is none, and no read waits
 * long for a lock that the standby replays. The caller's to g_free(). NULL: it is none. */
char *standby_conninfo(const char *conninfo, struct error *error);

#endif
