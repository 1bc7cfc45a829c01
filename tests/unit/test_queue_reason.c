/* Why a delivery waits, out of its last attempt (server/queue_reason.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glib.h>

#include "server/queue_reason.h"

#define ATTEMPT "attempt 1 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25\n"
#define GREETED "14:05:11.050 < 220 mx1.example.test ESMTP\n14:05:11.050 > EHLO relay.example.net\n"

static const struct {
	const char *result, *transcript, *reason;
} rows[] = {
    {"", "", ""},
    /* the log is older than conversations, or was cut */
    {"deferred 4.3.0", "", "deferred 4.3.0"},
    {"deferred 4.3.0",
	ATTEMPT GREETED "14:05:11.085 < 451-4.3.0 come back\n14:05:11.085 < 451 4.3.0 later\n"
			"14:05:11.090 > QUIT\n14:05:11.091 < 221 Bye\nresult deferred 4.3.0\n",
	"mx1.example.test said: 451 4.3.0 come back 4.3.0 later"},
    /* refused recipients, and what a pipelined DATA got for that */
    {"deferred 4.2.2",
	ATTEMPT GREETED
	"14:05:11.085 < 452 4.2.2 full\n14:05:11.085 < 503 no recipients\nresult deferred 4.2.2\n",
	"mx1.example.test said: 452 4.2.2 full"},
    {"failed 5.1.1",
	ATTEMPT GREETED "14:05:11.085 < 450 4.2.1 busy\n14:05:11.086 < 550 5.1.1 no such user\n"
			"14:05:11.086 < 554 5.5.1 no recipients\nresult failed 5.1.1\n",
	"mx1.example.test said: 550 5.1.1 no such user"},
    {"deferred 4.3.2",
	ATTEMPT "14:05:11.050 = connection refused\n"
		"14:05:11.051 = trying mx2.example.test [192.0.2.26]:25\n"
		"14:05:11.061 < 421 4.3.2 busy\nresult deferred 4.3.2\n",
	"mx2.example.test said: 421 4.3.2 busy"},
    {"deferred 4.4.2",
	ATTEMPT GREETED "14:05:41.050 = timed out after 30 s\nresult deferred 4.4.2\n",
	"timed out after 30 s"},
    {"deferred 4.4.3",
	"attempt 1 2026-03-19T14:05:11.042Z example.test\n14:05:11.050 = no answer from DNS\nresult deferred 4.4.3\n",
	"no answer from DNS"},
};

static void
test_says_who_put_it_off_and_how(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		g_autofree char *reason = queue_reason(rows[i].result, rows[i].transcript);

		assert_string_equal(reason, rows[i].reason);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_says_who_put_it_off_and_how)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
