#include "server/duration.h"

#include <inttypes.h>

#include <glib.h>

#include "base/clock.h"

const char *
duration_text(int64_t microseconds, char *out)
{
	int64_t seconds = MAX(microseconds, 0) / CLOCK_SECOND;

	if (seconds >= 86400)
		g_snprintf(out, DURATION_SIZE, "%" PRId64 "d%02" PRId64 "h", seconds / 86400,
		    seconds % 86400 / 3600);
	else if (seconds >= 3600)
		g_snprintf(out, DURATION_SIZE, "%" PRId64 "h%02" PRId64 "m", seconds / 3600,
		    seconds % 3600 / 60);
	else if (seconds >= 60)
		g_snprintf(
		    out, DURATION_SIZE, "%" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
	else
		g_snprintf(out, DURATION_SIZE, "%" PRId64 "s", seconds);
	return out;
}

const char *
duration_until(int64_t when, int64_t now, char *out)
{
	char wait[DURATION_SIZE];

	if (when <= now)
		return "now";
	g_snprintf(out, DURATION_SIZE, "in %s", duration_text(when - now, wait));
	return out;
}
