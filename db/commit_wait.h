/*
 * Commits of Bracemail's sessions that wait for a synchronous standby. While there is none PostgreSQL lets them wait without end, and so
 * do those that wait for their locks (all that notify have one lock); a session whose client gave up waits on: calls would hang, and
 * connections run out.
 *
 * Waits that last are taken back by pg_cancel_backend(). The session then hears that its commit is not replicated, and takes it for one
 * that failed (failure_is_unreplicated()), or that its statement was cancelled, whichever node's it is.
 */
#ifndef DB_COMMIT_WAIT_H
#define DB_COMMIT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct commit_waits;
struct db_connection;

/* timeout: microseconds that a commit may wait. */
struct commit_waits *commit_waits_create(int64_t timeout);
void commit_waits_destroy(struct commit_waits *waits);

/*
 * Looks at the sessions of the connection's own role in its database. Once a commit was seen waiting for a standby at each look for
 * `timeout`, all that were seen waiting for so long are taken back, for locks too. Only reads: it never waits itself. now: microseconds of
 * a clock that does not jump (g_get_monotonic_time()). Sets *taken_back to their number. False: what was asked of the server failed.
 */
bool commit_waits_look(struct commit_waits *waits, struct db_connection *connection, int64_t now,
    int *taken_back, struct error *error);

#endif
