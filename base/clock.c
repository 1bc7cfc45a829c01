#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* When this machine started, by the clock that is followed; 0: none is. */
static _Atomic int64_t clock_boot;

static int64_t
clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int64_t
clock_own(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t
clock_now(void)
{
	int64_t boot = atomic_load_explicit(&clock_boot, memory_order_relaxed);

	return boot == 0 ? clock_own() : boot + clock_read(CLOCK_BOOTTIME);
}

void
clock_follow(int64_t now)
{
	atomic_store(&clock_boot, now == 0 ? 0 : now - clock_read(CLOCK_BOOTTIME));
}

/* Writes `digits` digits and then the mark; returns where the next one goes. */
static char *
clock_put(char *out, unsigned value, int digits, char mark)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		out[i] = (char)('0' + value % 10);
	out[digits] = mark;
	return out + digits + 1;
}

/* Each line of each transcript needs one, so by arithmetic alone. UTC has days of 86400 s. */
char *
clock_time_of_day(int64_t when, char *out)
{
	int64_t since_midnight = (when % CLOCK_DAY + CLOCK_DAY) % CLOCK_DAY;
	unsigned seconds = (unsigned)(since_midnight / CLOCK_SECOND);
	char *at = clock_put(out, seconds / 3600, 2, ':');

	at = clock_put(at, seconds / 60 % 60, 2, ':');
	at = clock_put(at, seconds % 60, 2, '.');
	(void)clock_put(at, (unsigned)(since_midnight % CLOCK_SECOND / 1000), 3, '\0');
	return out;
}

char *
clock_iso(int64_t when, char *out)
{
	int64_t fraction = (when % CLOCK_SECOND + CLOCK_SECOND) % CLOCK_SECOND;
	time_t seconds = (time_t)((when - fraction) / CLOCK_SECOND);
	struct tm utc;
	char *at;

	gmtime_r(&seconds, &utc);
	at = clock_put(out, (unsigned)utc.tm_year + 1900, 4, '-');
	at = clock_put(at, (unsigned)utc.tm_mon + 1, 2, '-');
	at = clock_put(at, (unsigned)utc.tm_mday, 2, 'T');
	clock_time_of_day(when, at);
	strcat(at, "Z");
	return out;
}
