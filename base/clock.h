/* Time as Bracemail counts it: microseconds since 1970-01-01 UTC, as PostgreSQL's timestamptz resolves it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

enum { CLOCK_ISO_SIZE = 32 };

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_DAY (86400 * CLOCK_SECOND) /* UTC's: they have no leap seconds here */
#define CLOCK_MAX (INT64_C(253402300800) * CLOCK_SECOND - 1) /* the end of the year 9999 */

/* The wall clock, or what clock_follow() said. Any thread. */
int64_t clock_now(void);

/* This machine's wall clock, right or wrong. */
int64_t clock_own(void);

/* From now on clock_now() counts on from `now`, whatever becomes of the wall clock; 0: it is the wall clock again. Of this process. */
void clock_follow(int64_t now);

/* "2026-03-19T14:05:11.042Z", up to the year 9999, into out (CLOCK_ISO_SIZE bytes). Returns out. */
char *clock_iso(int64_t when, char *out);

/* "14:05:11.050" into out (CLOCK_ISO_SIZE bytes). Returns out. */
char *clock_time_of_day(int64_t when, char *out);

#endif
