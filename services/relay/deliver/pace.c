#include "services/relay/deliver/pace.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"

void
pace_start(struct pace *pace, const struct deliver_settings *settings)
{
	memset(pace, 0, sizeof(*pace));
	pace->settings = settings;
	pace->connections = MIN(PACE_CONNECTIONS_FIRST, settings->destination_connections);
	pace->slow_from = settings->destination_connections;
}

void
pace_succeeded(struct pace *pace)
{
	pace->failures = 0;
	pace->rests = 0;
	if (pace->connections >= pace->settings->destination_connections)
		return;
	if (pace->connections >= pace->slow_from && ++pace->successes < pace->connections)
		return;
	pace->successes = 0;
	pace->connections++;
}

static void
pace_count_failure(struct pace *pace, int64_t now)
{
	unsigned last = pace->settings->retry_count - 1, seconds;

	pace->failed_at = now;
	pace->failures++;
	if (pace->failures < PACE_FAILURES || pace_is_resting(pace, now))
		return;
	seconds = PACE_REST_FIRST << MIN(pace->rests, 4);
	seconds = MIN(seconds, PACE_REST_MAX);
	seconds = MIN(seconds, pace->settings->retry_seconds[MIN(pace->rests, last)]);
	pace->next_try = now + seconds * CLOCK_SECOND;
	pace->rests++;
}

/* Those that were under way when it shrank tell nothing new. */
void
pace_held_back(struct pace *pace, int64_t began_at, int64_t now)
{
	if (began_at < pace->shrunk_at)
		return;
	pace->shrunk_at = now;
	if (pace->connections == 1) {
		pace_count_failure(pace, now);
		return;
	}
	pace->connections /= 2;
	pace->slow_from = pace->connections;
	pace->successes = 0;
}

void
pace_failed(struct pace *pace, int64_t now)
{
	pace_count_failure(pace, now);
}

void
pace_rouse(struct pace *pace)
{
	pace->next_try = 0;
}

bool
pace_is_resting(const struct pace *pace, int64_t now)
{
	return now < pace->next_try;
}

unsigned
pace_connections(const struct pace *pace)
{
	return pace->failures > 0 ? 1 : pace->connections;
}

void
pace_take_turn(struct pace *pace, int64_t now)
{
	unsigned rate = pace->settings->destination_rate;

	if (rate > 0)
		pace->next_turn = MAX(now, pace->next_turn) + 60 * CLOCK_SECOND / rate;
}

int64_t
pace_forgotten_at(const struct pace *pace)
{
	int64_t failure = 0;

	if (pace->failures > 0)
		failure = MAX(pace->failed_at, pace->next_try) + PACE_REST_MAX * CLOCK_SECOND;
	return MAX(failure, pace->next_turn);
}
