/* The line of an attempt, read from its transcript: each row a transcript and what of the line tells of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/deliver/attempt_log.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define AT "14:05:11.050 "
#define ATTEMPT "attempt 1 2026-03-19T14:05:11.042Z "

struct attempt_row {
	const char *transcript;
	const char *result;
	enum attempt_status status;
	unsigned smtp_code;
	const char *expected; /* between the attempt's number and its times, and after them */
	const char *last;
};

static const struct attempt_row attempt_rows[] = {
    {ATTEMPT "mx1.example.test [192.0.2.25]:25\n" AT "< 220 mx1 ESMTP\n" AT "> EHLO relay\n" AT
	     "< 250-mx1\n" AT "< 250 STARTTLS\n" AT
	     "= TLSv1.3 TLS_AES_256_GCM_SHA384 verified=dane\n" AT "> MAIL FROM:<a@b>\n" AT
	     "< 250 2.1.0 Ok\n" AT "> [12 bytes]\n" AT "< 250 2.0.0 Ok: queued as 4F1A\n"
	     "result delivered 2.0.0\n",
	"delivered 2.0.0", ATTEMPT_DELIVERED, 250,
	"status=delivered code=2.0.0 host=\"mx1.example.test\" address=192.0.2.25 port=25 "
	"tls=\"TLSv1.3 TLS_AES_256_GCM_SHA384 verified=dane\" ",
	"reply=\"250 2.0.0 Ok: queued as 4F1A\"\n"},
    /* A refusal over several lines; what is pipelined behind it is not what decided. */
    {ATTEMPT "mx.test [2001:db8::25]:2525\n" AT "< 550-5.1.1 no \"such\"\n" AT
	     "< 550 5.1.1 user\n" AT "< 550 5.5.1 no recipients\nresult failed 5.1.1\n",
	"failed 5.1.1", ATTEMPT_FAILED, 550,
	"status=failed code=5.1.1 host=\"mx.test\" address=2001:db8::25 port=2525 ",
	"reply=\"550 5.1.1 no \\\"such\\\" 5.1.1 user\"\n"},
    /* TLS of the first host says nothing of the second. */
    {ATTEMPT "mx1.test [192.0.2.1]:25\n" AT "= TLSv1.2 X verified=none\n" AT
	     "< 421 4.3.2 later\n" AT "= trying mx2.test [192.0.2.2]:25\n" AT
	     "= connection refused\nresult deferred 4.4.1\n",
	"deferred 4.4.1", ATTEMPT_DEFERRED, 0,
	"status=deferred code=4.4.1 host=\"mx2.test\" address=192.0.2.2 port=25 ",
	"next=2026-03-19T14:10:11.000Z reason=\"connection refused\"\n"},
    {ATTEMPT "nowhere.test\n" AT "= no MX\nresult failed 5.1.2\n", "failed 5.1.2", ATTEMPT_FAILED,
	0, "status=failed code=5.1.2 destination=\"nowhere.test\" ", "reason=\"no MX\"\n"},
    /* Cut short, as nothing writes it. */
    {"attempt 1", "failed 5.0.0", ATTEMPT_FAILED, 550, "status=failed code=5.0.0 ",
	"delay=2.000\n"},
    {ATTEMPT "\n" AT "\n" AT "<\n" AT "< \n", "failed 5.0.0", ATTEMPT_FAILED, 550,
	"status=failed code=5.0.0 ", "delay=2.000\n"},
};

/* What goes to standard error meanwhile. */
static char *
logged(const struct delivery *delivery, const struct attempt *attempt)
{
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	char *text = g_malloc0(BUFSIZ);

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	attempt_log(delivery, attempt);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	assert_true(fread(text, 1, BUFSIZ - 1, file) > 0);
	fclose(file);
	return text;
}

static void
test_rows(void **state)
{
	const int64_t finished_at = INT64_C(1773929111) * CLOCK_SECOND;

	(void)state;
	for (size_t i = 0; i < ROWS(attempt_rows); i++) {
		const struct attempt_row *row = &attempt_rows[i];
		struct message *message = message_create();
		struct delivery delivery = {.account_id = 7,
		    .delivery_id = 12,
		    .message = message,
		    .recipient = "ann@example.net\" account=\"1",
		    .queued_at = finished_at - 2 * CLOCK_SECOND};
		struct attempt *attempt = attempt_create(1);
		g_autofree char *line = NULL;
		const char *at;

		message->message_id = 11;
		attempt->status = row->status;
		attempt->smtp_code = row->smtp_code;
		attempt->started_at = finished_at - CLOCK_SECOND / 4;
		attempt->finished_at = finished_at;
		attempt->next_attempt_at = finished_at + 300 * CLOCK_SECOND;
		attempt->result = g_strdup(row->result);
		g_string_assign(attempt->transcript, row->transcript);
		line = logged(&delivery, attempt);
		at = strstr(line,
		    " attempt-ended message=11 delivery=12 account=7 "
		    "recipient=\"ann@example.net\\\" account=\\\"1\" attempt=1 ");
		assert_non_null(at);
		at = strstr(at, "attempt=1 ") + strlen("attempt=1 ");
		assert_memory_equal(at, row->expected, strlen(row->expected));
		at += strlen(row->expected);
		assert_memory_equal(
		    at, "seconds=0.250 delay=2.000", strlen("seconds=0.250 delay=2.000"));
		at = strstr(at, "delay=");
		if (strncmp(row->last, "delay=", strlen("delay=")) != 0)
			at += strlen("delay=2.000 ");
		assert_string_equal(at, row->last);
		attempt_free(attempt);
		message_unref(message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	log_open("relay-1", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
