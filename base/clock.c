#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

static struct tm *
clock_split(int64_t when, struct tm *utc, int *milliseconds)
{
	time_t seconds = (time_t)(when / CLOCK_SECOND);

	*milliseconds = (int)(when % CLOCK_SECOND / 1000);
	return gmtime_r(&seconds, utc);
}

char *
clock_iso(int64_t when, char *out)
{
	struct tm utc;
	int milliseconds;
	size_t length = strftime(
	    out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", clock_split(when, &utc, &milliseconds));

	snprintf(out + length, CLOCK_ISO_SIZE - length, ".%03dZ", milliseconds);
	return out;
}

char *
clock_time_of_day(int64_t when, char *out)
{
	struct tm utc;
	int milliseconds;
	size_t length =
	    strftime(out, CLOCK_ISO_SIZE, "%H:%M:%S", clock_split(when, &utc, &milliseconds));

	snprintf(out + length, CLOCK_ISO_SIZE - length, ".%03d", milliseconds);
	return out;
}
