/* How hard a destination is driven (deliver/pace.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "services/relay/deliver/pace.h"

static const int64_t start = INT64_C(1773929111) * CLOCK_SECOND;

static void
test_grows_and_shrinks(void **state)
{
	/* s: a success; f: not reached; h: held back; o: held back, but asked for before it shrank last */
	static const struct {
		const char *events;
		unsigned connections;
	} rows[] = {
	    {"", 5},
	    {"s", 6},
	    {"ssssssssssssssssssss", 20},
	    {"sssssssssssssssh", 10},
	    {"ssssssssssssssshooooo", 10},
	    {"hh", 1},
	    {"hhh", 1},
	    {"f", 1},
	    {"fs", 6},
	    {"sffs", 7},
	    {"h", 2},
	    {"hs", 2},
	    {"hss", 3},
	    {"hssss", 3},
	    {"hsssss", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct deliver_settings settings = deliver_settings_default();
		struct pace pace;
		int64_t now = start;

		pace_start(&pace, &settings);
		for (const char *event = rows[i].events; *event != '\0'; event++) {
			now += CLOCK_SECOND;
			if (*event == 's')
				pace_succeeded(&pace);
			else if (*event == 'f')
				pace_failed(&pace, now);
			else
				pace_held_back(&pace, *event == 'o' ? start : now, now);
		}
		assert_int_equal(pace_connections(&pace), rows[i].connections);
		assert_false(pace_is_resting(&pace, now));
	}
}

static void
test_rests_longer_each_time(void **state)
{
	static const int64_t rests[] = {60, 120, 240, 480, 900, 900, 900};
	struct deliver_settings settings = deliver_settings_default();
	struct pace pace;
	int64_t now = start;

	(void)state;
	pace_start(&pace, &settings);
	pace_failed(&pace, now);
	pace_failed(&pace, now);
	assert_false(pace_is_resting(&pace, now));
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		pace_failed(&pace, now);
		assert_true(pace_is_resting(&pace, now));
		pace_failed(&pace, now); /* of those that were under way */
		assert_int_equal(pace.next_try, now + rests[i] * CLOCK_SECOND);
		now = pace.next_try;
		assert_false(pace_is_resting(&pace, now));
		assert_int_equal(pace_connections(&pace), 1);
	}
	assert_true(pace_forgotten_at(&pace) > now);
	pace_succeeded(&pace);
	assert_int_equal(pace_connections(&pace), 6);
	assert_int_equal(pace_forgotten_at(&pace), 0);
}

static void
test_roused_it_tries_and_rests_again(void **state)
{
	struct deliver_settings settings = deliver_settings_default();
	struct pace pace;

	(void)state;
	pace_start(&pace, &settings);
	for (unsigned i = 0; i < PACE_FAILURES; i++)
		pace_failed(&pace, start);
	assert_true(pace_is_resting(&pace, start));
	pace_rouse(&pace);
	assert_false(pace_is_resting(&pace, start));
	assert_int_equal(pace_connections(&pace), 1);
	pace_failed(&pace, start);
	assert_true(pace_is_resting(&pace, start));
}

static void
test_rests_no_longer_than_the_retry_schedule(void **state)
{
	static const unsigned retry[] = {1, 30};
	struct deliver_settings settings = deliver_settings_default();
	struct pace pace;

	(void)state;
	settings.retry_seconds = retry;
	settings.retry_count = 2;
	pace_start(&pace, &settings);
	for (int i = 0; i < PACE_FAILURES; i++)
		pace_failed(&pace, start);
	assert_int_equal(pace.next_try, start + CLOCK_SECOND);
	pace_failed(&pace, start + 2 * CLOCK_SECOND);
	assert_int_equal(pace.next_try, start + 32 * CLOCK_SECOND);
}

static void
test_takes_turns(void **state)
{
	struct deliver_settings settings = deliver_settings_default();
	struct pace pace;

	(void)state;
	settings.destination_rate = 120;
	pace_start(&pace, &settings);
	for (int i = 1; i <= 3; i++) {
		pace_take_turn(&pace, start);
		assert_int_equal(pace.next_turn, start + i * CLOCK_SECOND / 2);
	}
	pace_take_turn(&pace, start + 60 * CLOCK_SECOND);
	assert_int_equal(pace.next_turn, start + 60 * CLOCK_SECOND + CLOCK_SECOND / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grows_and_shrinks),
	    cmocka_unit_test(test_rests_longer_each_time),
	    cmocka_unit_test(test_roused_it_tries_and_rests_again),
	    cmocka_unit_test(test_rests_no_longer_than_the_retry_schedule),
	    cmocka_unit_test(test_takes_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
