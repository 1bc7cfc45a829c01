#include "services/relay/deliver/surplus.h"

#include <glib.h>

#include "base/clock.h"

/* What was counted is kept as of half the time, at its rate: it is a mean of the last 15 to 30 s. */
static void
surplus_fade(struct surplus *surplus, int64_t now)
{
	int64_t counted = now - surplus->since;

	if (surplus->since == 0) {
		surplus->since = now;
	} else if (counted > SURPLUS_SECONDS * CLOCK_SECOND) {
		surplus->since = now - SURPLUS_SECONDS * CLOCK_SECOND / 2;
		surplus->ended =
		    (unsigned)(surplus->ended * (SURPLUS_SECONDS * CLOCK_SECOND / 2) / counted);
	}
}

void
surplus_ended(struct surplus *surplus, unsigned count, int64_t now)
{
	surplus_fade(surplus, now);
	surplus->ended += count;
}

int64_t
surplus_due(struct surplus *surplus, int64_t now)
{
	int64_t each = CLOCK_SECOND / SURPLUS_RATE;

	surplus_fade(surplus, now);
	if (surplus->ended > 0)
		each = MIN(each, (now - surplus->since) / surplus->ended / 2);
	surplus->until = MAX(surplus->until, now + SURPLUS_SECONDS * CLOCK_SECOND) + each;
	surplus->until = MIN(surplus->until, now + SURPLUS_SECONDS_MAX * CLOCK_SECOND);
	return surplus->until;
}
