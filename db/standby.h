/*
 * A standby of the database (PostgreSQL's hot standby) that reads may go to, for any number of threads.
 *
 *   reader = db_standby_take(standby, primary, account_id, DB_STANDBY_RECENT);
 *   NULL: the primary is to be read; else read from it, and db_standby_give(standby, reader)
 *
 * How far it is is asked of both, each time: the primary for the end of its log (LSN), the standby for what of it can be read there.
 * So no clocks are compared, and an idle primary has a current standby. What has another system identifier, another timeline or is no
 * standby is not read from. While it is away a thread tries it again every few seconds, and nobody waits for it; when it was waited for in
 * vain nobody does for a second.
 */
#ifndef DB_STANDBY_H
#define DB_STANDBY_H

#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum {
	DB_STANDBY_RETRY_SECONDS = 2, /* between two tries of one that is away */
	DB_STANDBY_STALENESS_MAX = 3600,
	DB_STANDBY_WAIT_MILLISECONDS = 64 /* for it to become current */
};

struct db_standby;

enum db_standby_want {
	DB_STANDBY_CURRENT, /* what was committed before the call is there */
	DB_STANDBY_RECENT /* or what was committed so many seconds before it, unless the account changed something since */
};

/* conninfo: libpq's connection string; what it says of connect_timeout, tcp_user_timeout, options and target_session_attrs holds, see standby_conninfo(). staleness_seconds:
 * how old recent may be; 0: recent is current. Does not wait for it. NULL: error says why. */
struct db_standby *db_standby_create(
    const char *conninfo, unsigned staleness_seconds, struct error *error);

/* Takes NULL. All readers must be given back. */
void db_standby_destroy(struct db_standby *standby);

/* NULL: it is away, or too far behind. primary: outside of a transaction. */
struct db_connection *db_standby_take(struct db_standby *standby, struct db_connection *primary,
    int64_t account_id, enum db_standby_want want);

void db_standby_give(struct db_standby *standby, struct db_connection *reader);

/* The account may have changed something: it reads that, by this process. */
void db_standby_changed(struct db_standby *standby, int64_t account_id);

#endif
