/* When a deferred delivery is tried again (deliver/retry.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
		assert_int_equal(retry_next(&settings, VERDICT_CAUSE_OTHER, queued,
				     rows[i].attempts, queued + rows[i].now * CLOCK_SECOND),
		    queued + rows[i].next * CLOCK_SECOND);
	assert_false(retry_is_expired(&settings, queued, queued));
	assert_false(retry_is_expired(&settings, queued, queued + 100 * CLOCK_SECOND - 1));
	assert_true(retry_is_expired(&settings, queued, queued + 100 * CLOCK_SECOND));
}

static void
test_defaults(void **state)
{
	static const struct {
		enum verdict_cause cause;
		int attempts;
		int64_t seconds;
	} rows[] = {
	    {VERDICT_CAUSE_OTHER, 1, 300},
	    {VERDICT_CAUSE_OTHER, 7, 4 * 3600},
	    {VERDICT_CAUSE_OTHER, 100, 4 * 3600},
	    {VERDICT_CAUSE_GREYLISTED, 1, 300},
	    {VERDICT_CAUSE_GREYLISTED, 2, 300},
	    {VERDICT_CAUSE_GREYLISTED, 3, 1200},
	    {VERDICT_CAUSE_MAILBOX_FULL, 1, 3600},
	    {VERDICT_CAUSE_MAILBOX_FULL, 7, 4 * 3600},
	};
	struct deliver_settings settings = deliver_settings_default();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(retry_next(&settings, rows[i].cause, 0, rows[i].attempts, 0),
		    rows[i].seconds * CLOCK_SECOND);
	assert_true(retry_is_expired(&settings, 0, 5 * 24 * 3600 * CLOCK_SECOND));
}

static void
test_causes(void **state)
{
	static const struct {
		const char *enhanced, *text;
		unsigned code;
		enum verdict_cause cause;
	} rows[] = {
	    {"4.2.0", "4.2.0 <a@b>: Recipient address rejected: Greylisted, see ...", 450,
		VERDICT_CAUSE_GREYLISTED},
	    {"4.7.1", "4.7.1 Please try again later", 451, VERDICT_CAUSE_GREYLISTED},
	    {"4.7.1", "4.7.1 no reverse name", 451, VERDICT_CAUSE_OTHER},
	    {"4.3.0", "4.3.0 try again later", 451, VERDICT_CAUSE_OTHER},
	    {"4.7.0", "4.7.0 You have been GREYLISTED", 450, VERDICT_CAUSE_GREYLISTED},
	    {"4.2.2", "4.2.2 no room", 452, VERDICT_CAUSE_MAILBOX_FULL},
	    {"4.3.1", "the user is over quota", 452, VERDICT_CAUSE_MAILBOX_FULL},
	    {"4.5.3", "4.5.3 too many recipients", 452, VERDICT_CAUSE_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(verdict_cause_from_reply(rows[i].code, rows[i].enhanced,
				     rows[i].text, strlen(rows[i].text)),
		    rows[i].cause);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
