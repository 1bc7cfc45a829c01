#include "server/commit_watch.h"

#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "db/commit_wait.h"
#include "db/connection.h"

enum { COMMIT_WATCH_SECONDS = 1, COMMIT_WATCH_LOG_SECONDS = 10 };

struct commit_watch {
	struct db_connection *connection;
	struct commit_waits *waits;
	unsigned seconds;
	int taken_back; /* since the last line of the log */
	int64_t logged_at;
};

static void
watch_log(struct commit_watch *watch, int64_t now)
{
	if (watch->taken_back == 0 ||
	    now - watch->logged_at < COMMIT_WATCH_LOG_SECONDS * CLOCK_SECOND)
		return;
	log_warning("commits-unconfirmed",
	    "commits=%d seconds=%u reason=\"no synchronous standby confirms what PostgreSQL commits: bring one back, "
	    "or change synchronous_standby_names; until then nothing is accepted\"",
	    watch->taken_back, watch->seconds);
	watch->taken_back = 0;
	watch->logged_at = now;
}

/* A database that is away is told of by those who need it. */
static void *
watch_run(void *arg)
{
	struct commit_watch *watch = arg;

	for (;;) {
		int64_t now = g_get_monotonic_time();
		struct error error;
		int taken_back;

		(void)commit_waits_look(watch->waits, watch->connection, now, &taken_back, &error);
		watch->taken_back += taken_back;
		watch_log(watch, now);
		sleep(COMMIT_WATCH_SECONDS);
	}
	return NULL;
}

bool
commit_watch_start(const char *conninfo, unsigned seconds, struct error *error)
{
	struct commit_watch *watch = g_new0(struct commit_watch, 1);
	pthread_t thread;

	watch->connection = db_connection_create(conninfo);
	watch->waits = commit_waits_create(seconds * CLOCK_SECOND);
	watch->seconds = seconds;
	watch->logged_at = -COMMIT_WATCH_LOG_SECONDS * CLOCK_SECOND;
	if (thread_start(&thread, watch_run, watch, error))
		return true;
	commit_waits_destroy(watch->waits);
	db_connection_destroy(watch->connection);
	g_free(watch);
	return false;
}
