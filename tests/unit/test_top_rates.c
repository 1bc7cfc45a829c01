/* Rates out of two answers of /metrics (server/top_counters.h, server/top_rates.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#include "server/top_rates.h"

static const char text[] =
    "# HELP bracemail_attempts_total Attempts.\n# TYPE bracemail_attempts_total counter\n"
    "bracemail_messages_accepted_total{process=\"relay-1\"} 10\n"
    "bracemail_messages_accepted_total{process=\"relay-2\"} 5\n"
    "bracemail_attempts_total{process=\"relay-1\",status=\"delivered\"} 3\n"
    "bracemail_attempts_total{process=\"relay-2\",status=\"delivered\"} 4\n"
    "bracemail_attempts_total{process=\"relay-2\",status=\"failed\"} 1e3\n"
    "bracemail_accept_seconds_sum{process=\"relay-1\"} 0.25\n"
    "bracemail_queue_deliveries{state=\"waiting\"} 7\n"
    "bracemail_database_up 1\nother_total{process=\"x\"} 9\nbracemail_\nbracemail_x{process=\"y\n";

static const struct {
	const char *name, *labels;
	double sum;
} sums[] = {
    {"messages_accepted_total", "", 15},
    {"attempts_total", "status=\"delivered\"", 7},
    {"attempts_total", "status=\"failed\"", 1000},
    {"attempts_total", "status=\"deferred\"", 0},
    {"attempts_total", "", 0},
    {"accept_seconds_sum", "", 0.25},
    {"queue_deliveries", "state=\"waiting\"", 7},
    {"database_up", "", 1},
};

static void
test_sums_over_processes(void **state)
{
	struct top_counters *counters = top_counters_parse(text, 0);

	(void)state;
	assert_non_null(counters);
	for (size_t i = 0; i < G_N_ELEMENTS(sums); i++)
		assert_float_equal(
		    top_counters_sum(counters, sums[i].name, sums[i].labels), sums[i].sum, 1e-4);
	top_counters_free(counters);
	assert_null(top_counters_parse("<html>", 0));
	assert_null(top_counters_parse("", 0));
}

static struct top_counters *
reading(int64_t at, int messages, double seconds, int count)
{
	g_autofree char *told = g_strdup_printf("bracemail_messages_accepted_total %d\n"
						"bracemail_accept_seconds_sum %.3f\n"
						"bracemail_accept_seconds_count %d\n",
	    messages, seconds, count);

	return top_counters_parse(told, at * CLOCK_SECOND);
}

static void
test_rates_between_two_readings(void **state)
{
	struct top_counters *first = reading(10, 100, 1, 100), *second = reading(12, 150, 1.5, 150);
	struct top_rates rates;

	(void)state;
	top_rates_compute(&rates, NULL, first);
	assert_false(rates.known);
	top_rates_compute(&rates, first, NULL);
	assert_false(rates.known);
	top_rates_compute(&rates, first, second);
	assert_true(rates.known);
	assert_float_equal(rates.interval, 2, 1e-4);
	assert_float_equal(rates.rates[TOP_MESSAGES], 25, 1e-4);
	assert_float_equal(rates.seconds[TOP_MEAN_ACCEPT], 0.01, 1e-4);
	assert_true(rates.seconds[TOP_MEAN_API] < 0);
	/* the server began anew */
	top_rates_compute(&rates, second, first);
	assert_false(rates.known);
	top_counters_free(first);
	top_counters_free(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums_over_processes),
	    cmocka_unit_test(test_rates_between_two_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
