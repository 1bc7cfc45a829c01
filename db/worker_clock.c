#include "db/worker_private.h"

#include <stdlib.h>

#include <glib.h>

#include "base/clock.h"
#include "base/log.h"

#include "db/row.h"

/* Nobody who synchronizes clocks is off by more. */
#define CLOCK_OFF_MOST (2 * CLOCK_SECOND)

const struct pipeline_statement worker_clock_statements[] = {
    {"worker_clock", "SELECT clock_timestamp()"},
    {NULL, NULL},
};

/* How far this machine's clock is ahead of one that showed `theirs` at some moment of the last `elapsed` microseconds, at least; less than 0:
 * behind it; 0: it may be right. */
static int64_t
clock_ahead(int64_t theirs, int64_t elapsed)
{
	int64_t now = clock_own();

	if (now - elapsed - theirs > CLOCK_OFF_MOST)
		return now - elapsed - theirs;
	return now - theirs < -CLOCK_OFF_MOST ? now - theirs : 0;
}

static void
worker_on_clock(void *arg, const struct pipeline_outcome *outcome)
{
	struct db_worker *worker = arg;
	int64_t elapsed = g_get_monotonic_time() - worker->clock_asked_at;
	int64_t theirs, ahead;

	if (outcome->status != PIPELINE_COMMITTED)
		return;
	theirs = row_time(outcome->results[0], 0, 0);
	ahead = clock_ahead(theirs, elapsed);
	clock_follow(ahead == 0 ? 0 : theirs + elapsed / 2);
	if (ahead != 0)
		log_warning("clock-off",
		    "seconds=%lld reason=\"this machine's clock is %s the database's, which counts for mail: set it, and keep it so by NTP\"",
		    (long long)(llabs(ahead) / CLOCK_SECOND), ahead > 0 ? "ahead of" : "behind");
}

void
worker_clock_check(struct db_worker *worker)
{
	worker->clock_asked_at = g_get_monotonic_time();
	pipeline_begin(worker->results);
	pipeline_execute(worker->results, &worker_clock_statements[0], NULL);
	pipeline_commit(worker->results, worker_on_clock, worker);
}
