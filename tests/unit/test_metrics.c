/* What processes count (base/metrics.h). */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "base/metrics.h"

static void
assert_told(const char *line)
{
	GString *text = g_string_new(NULL);

	metrics_write(text);
	if (strstr(text->str, line) == NULL)
		fail_msg("%s is missing in\n%s", line, text->str);
	g_string_free(text, TRUE);
}

/* Before there is memory, and before there is a name, counts go nowhere. */
static void
test_nowhere(void **state)
{
	GString *text = g_string_new(NULL);

	(void)state;
	metrics_count(METRIC_SMTP_SESSIONS, 1);
	metrics_attach("early");
	metrics_time(METRIC_TIME_API, 1);
	metrics_share();
	metrics_count(METRIC_SMTP_SESSIONS, 1);
	metrics_write(text);
	assert_null(strstr(text->str, "process="));
	assert_non_null(strstr(text->str, "# TYPE bracemail_smtp_sessions_total counter\n"));
	g_string_free(text, TRUE);
}

static void
test_counts(void **state)
{
	(void)state;
	metrics_attach("one");
	metrics_count(METRIC_BYTES_ACCEPTED, UINT64_C(5000000000));
	metrics_count_class(METRIC_SMTP_REPLIES_2, 250);
	metrics_count_class(METRIC_SMTP_REPLIES_2, 354);
	metrics_count_class(METRIC_SMTP_REPLIES_2, 599);
	metrics_count_class(METRIC_SMTP_REPLIES_2, 999);
	metrics_attach("two");
	metrics_count(METRIC_BYTES_ACCEPTED, 1);
	metrics_attach("one");
	metrics_count(METRIC_BYTES_ACCEPTED, 1);
	assert_told("bracemail_bytes_accepted_total{process=\"one\"} 5000000001\n"
		    "bracemail_bytes_accepted_total{process=\"two\"} 1\n");
	assert_told("bracemail_smtp_replies_total{process=\"one\",class=\"2\"} 1\n");
	assert_told("bracemail_smtp_replies_total{process=\"one\",class=\"3\"} 1\n");
	assert_told("bracemail_smtp_replies_total{process=\"one\",class=\"4\"} 0\n");
	assert_told("bracemail_smtp_replies_total{process=\"one\",class=\"5\"} 2\n");
}

static void
test_times(void **state)
{
	(void)state;
	metrics_attach("three");
	metrics_time(METRIC_TIME_ACCEPT, -5);
	metrics_time(METRIC_TIME_ACCEPT, 1000);
	metrics_time(METRIC_TIME_ACCEPT, 1001);
	metrics_time(METRIC_TIME_ACCEPT, INT64_C(86400000000));
	assert_told("bracemail_accept_seconds_bucket{process=\"three\",le=\"0.001\"} 2\n"
		    "bracemail_accept_seconds_bucket{process=\"three\",le=\"0.0025\"} 3\n");
	assert_told("bracemail_accept_seconds_bucket{process=\"three\",le=\"14400\"} 3\n"
		    "bracemail_accept_seconds_bucket{process=\"three\",le=\"+Inf\"} 4\n"
		    "bracemail_accept_seconds_sum{process=\"three\"} 86400.002001\n"
		    "bracemail_accept_seconds_count{process=\"three\"} 4\n");
}

/* Another process's counts are there, also when it was killed. */
static void
test_processes(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		metrics_attach("child");
		metrics_count(METRIC_MESSAGES_ACCEPTED, 7);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_told("bracemail_messages_accepted_total{process=\"child\"} 7\n");
}

/* What there is goes with the process that has it; the next one of its name has its own beside it until then. */
static void
test_gauges(void **state)
{
	int ready[2], end[2];
	char byte = '\0';
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(end), 0);
	metrics_attach("level");
	metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, 3);
	metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, -1);
	child = fork();
	if (child == 0) {
		metrics_attach("level");
		metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, 40);
		(void)!write(ready[1], &byte, 1);
		(void)!read(end[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_told("# TYPE bracemail_smtp_clients gauge\n");
	assert_told("bracemail_smtp_clients{process=\"level\"} 42\n");
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_told("bracemail_smtp_clients{process=\"level\"} 2\n");
	assert_told("bracemail_api_threads{process=\"level\",state=\"idle\"} 0\n");
	metrics_attach("another");
	assert_told("bracemail_smtp_clients{process=\"level\"} 0\n");
	for (size_t i = 0; i < 2; i++) {
		close(ready[i]);
		close(end[i]);
	}
}

/* Names are cut, and there is an end to them. */
static void
test_limits(void **state)
{
	char name[2 * METRICS_NAME_SIZE], line[200];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	metrics_attach(name);
	metrics_attach(name);
	metrics_count(METRIC_API_FAULTS, 3);
	g_snprintf(line, sizeof(line), "bracemail_api_faults_total{process=\"%.*s\"} 3\n",
	    METRICS_NAME_SIZE - 1, name);
	assert_told(line);
	for (int i = 0; i < METRICS_PROCESSES_MAX; i++) {
		g_snprintf(name, sizeof(name), "many-%d", i);
		metrics_attach(name);
		metrics_count(METRIC_API_FAULTS, 1);
	}
	metrics_attach("one");
	assert_told("bracemail_bytes_accepted_total{process=\"one\"} 5000000001\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nowhere),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_processes),
	    cmocka_unit_test(test_gauges),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
