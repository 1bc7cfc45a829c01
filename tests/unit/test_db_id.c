#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/id.h"

static const int64_t day = 86400 * CLOCK_SECOND;

static void
test_id_make(void **state)
{
	static const int64_t day_size = INT64_C(1) << ID_DAY_SHIFT;
	const struct {
		int64_t now, block;
		int slot;
		int64_t wanted;
	} rows[] = {
	    {0, 0, 0, 0}, {0, 0, 5, 5}, {0, 1, 5, ID_BLOCK + 5},
	    {day - 1, 1, ID_BLOCK - 1, 2 * ID_BLOCK - 1}, {day, 1, 0, day_size + ID_BLOCK},
	    {20781 * day, 0, 0, 20781 * day_size},
	    {0, INT64_C(1) << 24, 7, 7}, /* numbers start again rather than run into the next day */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(id_make(rows[i].now, rows[i].block, rows[i].slot), rows[i].wanted);
}

static void
test_ids_fit_in_53_bits(void **state)
{
	int64_t year_2300 = 120530 * day;

	(void)state;
	assert_true(
	    id_make(year_2300, INT64_MAX >> ID_BLOCK_SHIFT, ID_BLOCK - 1) < INT64_C(1) << 53);
}

/* A message taken just before midnight may have deliveries of the next day's ids. */
static void
test_ids_of_a_time(void **state)
{
	static const int64_t times[] = {0, 1, day - 1, day, 20781 * day + 5, 2932896 * day};

	(void)state;
	for (unsigned i = 0; i < sizeof(times) / sizeof(*times); i++) {
		assert_true(id_floor(times[i]) <= id_make(times[i], 0, 0));
		assert_true(id_past(times[i]) > id_make(times[i] + day, 1, 0));
	}
	assert_true(id_floor(day) > id_make(day - 1, INT64_MAX >> ID_BLOCK_SHIFT, ID_BLOCK - 1));
	assert_true(id_past(INT64_MAX) == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_id_make),
	    cmocka_unit_test(test_ids_fit_in_53_bits),
	    cmocka_unit_test(test_ids_of_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
