/* Times as text (base/clock.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void
test_text(void **state)
{
	static const struct {
		int64_t when;
		const char *iso, *time_of_day;
	} rows[] = {
	    {0, "1970-01-01T00:00:00.000Z", "00:00:00.000"},
	    {INT64_C(1773929111042999), "2026-03-19T14:05:11.042Z", "14:05:11.042"},
	    {INT64_C(951868799999999), "2000-02-29T23:59:59.999Z", "23:59:59.999"},
	    {INT64_C(951868800000000), "2000-03-01T00:00:00.000Z", "00:00:00.000"},
	    {INT64_C(253402300799999999), "9999-12-31T23:59:59.999Z", "23:59:59.999"},
	    {-1, "1969-12-31T23:59:59.999Z", "23:59:59.999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CLOCK_ISO_SIZE];

		assert_string_equal(clock_iso(rows[i].when, text), rows[i].iso);
		assert_string_equal(clock_time_of_day(rows[i].when, text), rows[i].time_of_day);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
