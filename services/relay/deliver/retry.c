#include "services/relay/deliver/retry.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"

int64_t
retry_end_of_life(const struct deliver_settings *settings, int64_t queued_at)
{
	return queued_at + settings->lifetime_seconds * CLOCK_SECOND;
}

bool
retry_is_expired(const struct deliver_settings *settings, int64_t queued_at, int64_t now)
{
	return now >= retry_end_of_life(settings, queued_at);
}

/* RFC 6647 2.1: a greylisting server wants to see a second try; one that wants more is an ordinary
 * deferral. */
int64_t
retry_next(const struct deliver_settings *settings, enum verdict_cause cause, int64_t queued_at,
    int attempts, int64_t now)
{
	unsigned index, seconds;

	assert(attempts > 0 && settings->retry_count > 0);
	index = MIN((unsigned)attempts, settings->retry_count) - 1;
	seconds = settings->retry_seconds[index];
	if (cause == VERDICT_CAUSE_GREYLISTED && attempts <= RETRY_GREYLISTED_ATTEMPTS)
		seconds = settings->retry_greylisted_seconds;
	else if (cause == VERDICT_CAUSE_MAILBOX_FULL)
		seconds = MAX(seconds, settings->retry_full_seconds);
	return MIN(now + seconds * CLOCK_SECOND, retry_end_of_life(settings, queued_at));
}
