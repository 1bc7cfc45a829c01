#include "services/relay/deliver/retry.h"

#include <assert.h>

#include <glib.h>

#include "base/clock.h"

static int64_t
retry_end_of_life(const struct deliver_settings *settings, int64_t queued_at)
{
	return queued_at + settings->lifetime_seconds * CLOCK_SECOND;
}

bool
retry_is_expired(const struct deliver_settings *settings, int64_t queued_at, int64_t now)
{
	return now >= retry_end_of_life(settings, queued_at);
}

int64_t
retry_next(const struct deliver_settings *settings, int64_t queued_at, int attempts, int64_t now)
{
	unsigned index;

	assert(attempts > 0 && settings->retry_count > 0);
	index = MIN((unsigned)attempts, settings->retry_count) - 1;
	return MIN(now + settings->retry_seconds[index] * CLOCK_SECOND,
	    retry_end_of_life(settings, queued_at));
}
