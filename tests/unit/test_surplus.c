/* When what a busy destination may not keep in memory is claimed again (deliver/surplus.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "services/relay/deliver/surplus.h"

static const int64_t start = INT64_C(1773929111) * CLOCK_SECOND;

/* So many end each second, evenly; the time is then that of the last second's end. */
static int64_t
run(struct surplus *surplus, int64_t now, unsigned rate, unsigned seconds)
{
	for (unsigned i = 0; i < rate * seconds; i++)
		surplus_ended(surplus, 1, now + (int64_t)i * CLOCK_SECOND / rate);
	return now + (int64_t)seconds * CLOCK_SECOND;
}

struct row {
	unsigned rate, seconds;   /* of deliveries that end */
	unsigned after, long_for; /* and afterwards */
	unsigned given_back;
	unsigned due, give; /* the last one after so many seconds, give or take */
};

static const struct row rows[] = {
    /* nothing is known */
    {0, 0, 0, 0, 1, 30, 0},
    {0, 0, 0, 0, 1000, 40, 0},
    {0, 0, 0, 0, 100000, 1030, 0},
    /* never after more than an hour */
    {0, 0, 0, 0, 1000000, 3600, 0},
    {10, 60, 0, 0, 1000000, 3600, 0},
    /* a slow one is looked at as often as one of which nothing is known */
    {1, 60, 0, 0, 1000, 40, 0},
    {50, 60, 0, 0, 1000, 40, 0},
    /* twice as many as end */
    {1000, 60, 0, 0, 100000, 80, 1},
    {1000, 1, 0, 0, 100000, 80, 1},
    {1000, 600, 0, 0, 1000000, 530, 5},
    /* what was long ago does not count */
    {1000, 60, 100, 150, 10000, 77, 4},
    {100, 60, 1000, 60, 10000, 35, 1},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct surplus surplus = {0};
		int64_t now = run(&surplus, start, row->rate, row->seconds), due = 0, last = 0;

		now = run(&surplus, now, row->after, row->long_for);
		for (unsigned n = 0; n < row->given_back; n++) {
			due = surplus_due(&surplus, now);
			assert_true(due >= last);
			last = due;
		}
		assert_in_range(
		    (due - now) / CLOCK_SECOND, row->due - row->give, row->due + row->give);
	}
}

/* Time that passes makes room again. */
static void
test_catches_up(void **state)
{
	struct surplus surplus = {0};

	(void)state;
	for (unsigned n = 0; n < 1000; n++)
		surplus_due(&surplus, start);
	assert_int_equal(surplus_due(&surplus, start + 3600 * CLOCK_SECOND),
	    start + 3600 * CLOCK_SECOND + SURPLUS_SECONDS * CLOCK_SECOND +
		CLOCK_SECOND / SURPLUS_RATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_catches_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
