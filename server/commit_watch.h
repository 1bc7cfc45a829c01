/* Commits that wait for a synchronous standby longer than limits.commit_timeout are taken back: db/commit_wait.h. */
#ifndef SERVER_COMMIT_WATCH_H
#define SERVER_COMMIT_WATCH_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Starts a thread that looks each second, by a connection of its own, until the process ends. seconds: limits.commit_timeout.
 * conninfo: libpq connection string, copied. False: no thread.
 */
bool commit_watch_start(const char *conninfo, unsigned seconds, struct error *error);

#endif
