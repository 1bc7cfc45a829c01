/* The days of campaigns (services/soap/campaign_days.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "services/soap/campaign_days.h"

enum { DAY = 20783 }; /* 2026-11-26 */

static void
test_each_account_has_its_own(void **state)
{
	struct campaign_days *days = campaign_days_create();

	(void)state;
	assert_null(campaign_days_find(days, 1, 7));
	campaign_days_put(days, 1, 7, DAY);
	campaign_days_put(days, 2, 7, DAY + 1);
	assert_non_null(strstr(campaign_days_find(days, 1, 7), " smtp_log_20261126 "));
	assert_non_null(strstr(campaign_days_find(days, 2, 7), " smtp_log_20261127 "));
	assert_null(campaign_days_find(days, 1, 8));
	assert_null(campaign_days_find(days, 3, 7));
	campaign_days_destroy(days);
}

static void
test_many_are_forgotten_at_once(void **state)
{
	struct campaign_days *days = campaign_days_create();

	(void)state;
	for (int32_t i = 0; i < CAMPAIGN_DAYS_MAX; i++)
		campaign_days_put(days, 1, i, DAY);
	assert_non_null(campaign_days_find(days, 1, 0));
	campaign_days_put(days, 1, CAMPAIGN_DAYS_MAX, DAY);
	assert_null(campaign_days_find(days, 1, 0));
	assert_non_null(campaign_days_find(days, 1, CAMPAIGN_DAYS_MAX));
	campaign_days_destroy(days);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_account_has_its_own),
	    cmocka_unit_test(test_many_are_forgotten_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
