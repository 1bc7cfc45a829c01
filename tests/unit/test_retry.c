/* When a deferred delivery is tried again (deliver/retry.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "services/relay/deliver/retry.h"

static void
test_schedule(void **state)
{
	static const unsigned waits[] = {5, 10, 20};
	const struct deliver_settings settings = {
	    .retry_seconds = waits, .retry_count = G_N_ELEMENTS(waits), .lifetime_seconds = 100};
	static const struct {
		int attempts;
		int64_t now, next; /* seconds since it was queued */
	} rows[] = {
	    {1, 0, 5}, {2, 5, 15}, {3, 15, 35}, {4, 35, 55}, {50, 35, 55}, {5, 79, 99},
	    {5, 80, 100}, {6, 95, 100}, /* the last attempt is at the end of its life */
	};
	const int64_t queued = INT64_C(1773929111) * CLOCK_SECOND;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(retry_next(&settings, queued, rows[i].attempts,
				     queued + rows[i].now * CLOCK_SECOND),
		    queued + rows[i].next * CLOCK_SECOND);
	assert_false(retry_is_expired(&settings, queued, queued));
	assert_false(retry_is_expired(&settings, queued, queued + 100 * CLOCK_SECOND - 1));
	assert_true(retry_is_expired(&settings, queued, queued + 100 * CLOCK_SECOND));
}

static void
test_defaults(void **state)
{
	struct deliver_settings settings = deliver_settings_default();

	(void)state;
	assert_int_equal(retry_next(&settings, 0, 1, 0), 300 * CLOCK_SECOND);
	assert_int_equal(retry_next(&settings, 0, 7, 0), 4 * 3600 * CLOCK_SECOND);
	assert_int_equal(retry_next(&settings, 0, 100, 0), 4 * 3600 * CLOCK_SECOND);
	assert_true(retry_is_expired(&settings, 0, 5 * 24 * 3600 * CLOCK_SECOND));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
