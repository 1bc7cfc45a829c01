/* Whom an attempt is reported to, what a next hop is asked instead, and the words that are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "services/relay/deliver/attempt_words.h"
#include "services/relay/deliver/dsn_parameters.h"
#include "services/relay/deliver/report.h"
#include "services/relay/deliver/transcript.h"

#define QUEUED (INT64_C(1795510800) * CLOCK_SECOND)
#define RETURN_PATH "b-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.example"

enum {
	SUCCESS = DSN_NOTIFY_SUCCESS,
	FAILURE = DSN_NOTIFY_FAILURE,
	DELAY = DSN_NOTIFY_DELAY,
	NEVER = DSN_NOTIFY_NEVER,
	TOLD = DSN_NOTIFY_TOLD,
	HOUR = 3600
};

struct fixture {
	struct deliver_settings settings;
	struct message *message;
	struct delivery *delivery;
	struct attempt *attempt;
};

static void
fixture_open(struct fixture *fixture, const char *sender)
{
	fixture->settings = deliver_settings_default();
	fixture->settings.hostname = "relay.example";
	fixture->settings.bounce_domain = "bounces.example";
	fixture->message = message_create();
	fixture->message->received_at = QUEUED;
	fixture->message->client = g_strdup("192.0.2.1");
	fixture->message->mail_from = g_strdup(sender);
	message_add_recipient(fixture->message, "ann@example.net");
	fixture->delivery = delivery_create(fixture->message, 0);
	fixture->attempt = attempt_create(1);
	fixture->attempt->finished_at = QUEUED + CLOCK_SECOND;
	fixture->attempt->result = g_strdup("failed 5.1.1");
}

static void
fixture_close(struct fixture *fixture)
{
	attempt_free(fixture->attempt);
	delivery_free(fixture->delivery);
	message_unref(fixture->message);
}

struct due_row {
	enum attempt_status status;
	unsigned notify;
	unsigned hours; /* since it was queued */
	bool is_success_reported;
	bool asked, always; /* reported, with that setting */
};

static const struct due_row due_rows[] = {
    {ATTEMPT_FAILED, 0, 1, false, false, true},
    {ATTEMPT_FAILED, FAILURE, 1, false, true, true},
    {ATTEMPT_FAILED, FAILURE | DELAY | TOLD, 99, false, true, true},
    {ATTEMPT_FAILED, SUCCESS | DELAY, 1, false, false, false},
    {ATTEMPT_FAILED, NEVER, 1, false, false, false},
    {ATTEMPT_DEFERRED, 0, 99, false, false, false},
    {ATTEMPT_DEFERRED, DELAY, 3, false, false, false},
    {ATTEMPT_DEFERRED, DELAY, 4, false, true, true},
    {ATTEMPT_DEFERRED, DELAY | TOLD, 99, false, false, false},
    {ATTEMPT_DEFERRED, FAILURE | SUCCESS, 99, false, false, false},
    {ATTEMPT_DELIVERED, 0, 1, false, false, false},
    {ATTEMPT_DELIVERED, SUCCESS, 1, false, true, true},
    {ATTEMPT_DELIVERED, SUCCESS | FAILURE, 1, true, false, false},
    {ATTEMPT_DELIVERED, FAILURE | DELAY, 99, false, false, false},
    {ATTEMPT_DELIVERED, NEVER, 1, false, false, false},
};

static void
assert_reported(struct fixture *fixture, size_t row, bool expected)
{
	struct message *report =
	    report_create(&fixture->settings, fixture->delivery, fixture->attempt);

	if ((report != NULL) != expected)
		fail_msg("row %zu: %s", row, report != NULL ? "reported" : "not reported");
	message_unref(report);
}

static void
test_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(due_rows); i++) {
		const struct due_row *row = &due_rows[i];
		struct fixture f;

		fixture_open(&f, "shop@sender.example");
		f.delivery->notify = row->notify;
		f.attempt->status = row->status;
		f.attempt->finished_at = QUEUED + row->hours * HOUR * CLOCK_SECOND;
		f.attempt->is_success_reported = row->is_success_reported;
		assert_reported(&f, i, row->asked);
		f.settings.failure_reports = DELIVER_REPORTS_ALWAYS;
		assert_reported(&f, i, row->always);
		fixture_close(&f);
	}
}

/* Nobody is there to be told. */
static void
test_no_sender(void **state)
{
	static const char *const senders[] = {"", RETURN_PATH, "B-x@BOUNCES.example"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
		struct fixture f;

		fixture_open(&f, senders[i]);
		f.delivery->notify = FAILURE;
		f.attempt->status = ATTEMPT_FAILED;
		assert_reported(&f, i, false);
		fixture_close(&f);
	}
}

static void
test_of_the_api(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "shop@sender.example");
	f.settings.failure_reports = DELIVER_REPORTS_ALWAYS;
	f.attempt->status = ATTEMPT_FAILED;
	assert_reported(&f, 0, true);
	f.delivery->composition = composition_create();
	assert_reported(&f, 1, false);
	fixture_close(&f);
}

struct late_row {
	enum bounce_kind kind;
	unsigned notify;
	bool asked, always; /* reported, with that setting */
};

static const struct late_row late_rows[] = {
    {BOUNCE_PERMANENT, 0, false, true},
    {BOUNCE_PERMANENT, FAILURE | SUCCESS, true, true},
    {BOUNCE_TRANSIENT, FAILURE, true, true},
    {BOUNCE_PERMANENT, SUCCESS, false, false},
    {BOUNCE_PERMANENT, NEVER, false, false},
    {BOUNCE_DELAYED, FAILURE | DELAY, false, false},
    {BOUNCE_COMPLAINT, FAILURE, false, false},
    {BOUNCE_NONE, FAILURE, false, false},
};

static void
test_late(void **state)
{
	char text[] = "550 no";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(late_rows); i++) {
		const struct late_row *row = &late_rows[i];
		const struct bounce_report bounce = {.kind = row->kind, .text = text};
		struct message *asked, *always;
		struct fixture f;

		fixture_open(&f, "shop@sender.example");
		f.delivery->notify = row->notify;
		asked = report_create_late(&f.settings, f.delivery, &bounce);
		f.settings.failure_reports = DELIVER_REPORTS_ALWAYS;
		always = report_create_late(&f.settings, f.delivery, &bounce);
		if ((asked != NULL) != row->asked || (always != NULL) != row->always)
			fail_msg("row %zu", i);
		if (always != NULL)
			assert_non_null(strstr(always->body->str,
			    row->kind == BOUNCE_TRANSIENT ? "\r\nStatus: 4.0.0\r\n"
							  : "\r\nStatus: 5.0.0\r\n"));
		message_unref(asked);
		message_unref(always);
		fixture_close(&f);
	}
}

struct words_row {
	const char *transcript;
	unsigned smtp_code;
	const char *result;
	const char *remote, *reply, *note;
};

#define AT "12:34:56.789 "
#define FIRST "attempt 1 2026-11-24T09:45:00.000Z mx.example.net [192.0.2.1]:25\n"

static const struct words_row words_rows[] = {
    {FIRST AT "< 220 a\n" AT "> RCPT TO:<r@b>\n" AT "< 550 5.1.1 no\nresult failed 5.1.1\n", 550,
	"failed 5.1.1", "mx.example.net", "550 5.1.1 no", NULL},
    {FIRST AT "< 550-5.1.1 no\n" AT "< 550 5.1.1 such user\nresult failed 5.1.1\n", 550,
	"failed 5.1.1", "mx.example.net", "550 5.1.1 no 5.1.1 such user", NULL},
    /* DATA went with RCPT, and was refused by the same code */
    {FIRST AT "< 550 5.1.1 no\n" AT "< 550 5.5.1 no recipients\nresult failed 5.1.1\n", 550,
	"failed 5.1.1", "mx.example.net", "550 5.1.1 no", NULL},
    /* no enhanced code in the reply */
    {FIRST AT "< 450 first\n" AT "< 250 ok\n" AT "< 450 last\nresult deferred 4.2.0\n", 450,
	"deferred 4.2.0", "mx.example.net", "450 last", NULL},
    /* another host */
    {FIRST AT "= connection refused\n" AT "= trying mx2.example.net [192.0.2.2]:25\n" AT
	      "< 451 4.3.0 later\nresult deferred 4.3.0\n",
	451, "deferred 4.3.0", "mx2.example.net", "451 4.3.0 later", NULL},
    /* without a name */
    {"attempt 1 2026-11-24T09:45:00.000Z 2001:db8::1 [2001:db8::1]:25\n" AT
     "= trying 192.0.2.1 [192.0.2.1]:25\n" AT "< 550 no\nresult failed 5.0.0\n",
	550, "failed 5.0.0", "[192.0.2.1]", "550 no", NULL},
    {"attempt 1 2026-11-24T09:45:00.000Z 2001:db8::1 [2001:db8::1]:25\n" AT
     "< 550 no\nresult failed 5.0.0\n",
	550, "failed 5.0.0", "[IPv6:2001:db8::1]", "550 no", NULL},
    /* none at all */
    {"attempt 1 2026-11-24T09:45:00.000Z example.net\n" AT "= there is no such domain\n"
     "result failed 5.1.2\n",
	0, "failed 5.1.2", NULL, NULL, "there is no such domain"},
    {"", 550, "failed 5.0.0", NULL, NULL, NULL},
    {FIRST AT "< 550\nresult failed 5.0.0\n", 550, "failed 5.0.0", "mx.example.net", "550", NULL},
    {FIRST AT "< 550-\nresult failed 5.0.0\n", 550, "failed 5.0.0", NULL, NULL, NULL},
};

static void
assert_text(const char *text, const char *expected)
{
	if (expected == NULL)
		assert_null(text);
	else
		assert_string_equal(text, expected);
}

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(words_rows); i++) {
		const struct words_row *row = &words_rows[i];
		struct attempt *attempt = attempt_create(1);
		struct attempt_words words;

		g_string_assign(attempt->transcript, row->transcript);
		attempt->smtp_code = row->smtp_code;
		attempt->result = g_strdup(row->result);
		attempt_words_read(attempt, &words);
		assert_text(words.remote, row->remote);
		assert_text(words.reply, row->reply);
		assert_text(words.note, row->note);
		attempt_words_clear(&words);
		attempt_free(attempt);
	}
}

/* The transcript is written by another file: they must go together. */
static void
test_words_of_a_transcript(void **state)
{
	struct attempt *attempt = attempt_create(1);
	struct verdict verdict = verdict_from_reply(554, "5.7.1");
	struct reply reply;
	struct attempt_words words;
	const char *line = "554 5.7.1 we do not like it\r\n";

	(void)state;
	transcript_begin(attempt->transcript, 1, QUEUED, "mx.example.net [192.0.2.1]:25");
	transcript_add_sent(attempt->transcript, QUEUED, "RCPT TO:<ann@example.net>");
	reply_start(&reply);
	assert_int_equal(reply_read(&reply, &line, line + strlen(line)), REPLY_COMPLETE);
	transcript_add_reply_line(attempt->transcript, QUEUED, &reply);
	transcript_end(attempt->transcript, &verdict);
	attempt->result = verdict_result(&verdict);
	attempt->smtp_code = 554;
	attempt_words_read(attempt, &words);
	assert_text(words.remote, "mx.example.net");
	assert_text(words.reply, "554 5.7.1 we do not like it");
	attempt_words_clear(&words);
	attempt_free(attempt);
}

struct parameter_row {
	enum sender_kind sender;
	enum dsn_return dsn_return;
	unsigned notify;
	bool is_smtputf8;
	const char *envelope_id, *original, *recipient;
	const char *mail, *rcpt;
};

#define KEPT SENDER_KEPT
#define OURS SENDER_RETURN_PATH
#define E_ACUTE "\xc3\xa9"

static const struct parameter_row parameter_rows[] = {
    {KEPT, 0, 0, false, NULL, NULL, "r@b", "", ""},
    {OURS, 0, 0, false, NULL, NULL, "r@b", "", ""},
    {KEPT, DSN_RETURN_FULL, SUCCESS | DELAY, false, "a+2Bb", "rfc822;o+2Bx@d", "r@b",
	" RET=FULL ENVID=a+2Bb", " NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bx@d"},
    {KEPT, DSN_RETURN_HEADERS, NEVER, false, NULL, NULL, "r+1@b", " RET=HDRS",
	" NOTIFY=NEVER ORCPT=rfc822;r+2B1@b"},
    {KEPT, 0, SUCCESS | FAILURE | DELAY | TOLD, false, "x", NULL, "r@b", " ENVID=x",
	" NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;r@b"},
    {KEPT, 0, 0, false, NULL, "rfc822;o@d", "r@b", "", " ORCPT=rfc822;o@d"},
    {KEPT, 0, FAILURE, true, NULL, NULL, E_ACUTE "@b", "", " NOTIFY=FAILURE"},
    {KEPT, 0, FAILURE, false, NULL, "utf-8;" E_ACUTE "@b", "r@b", "", " NOTIFY=FAILURE"},
    {KEPT, 0, FAILURE, true, NULL, "utf-8;" E_ACUTE "@b", "r@b", "",
	" NOTIFY=FAILURE ORCPT=utf-8;" E_ACUTE "@b"},
    /* reports come to us */
    {OURS, DSN_RETURN_FULL, SUCCESS, false, "x", NULL, "r@b", " RET=HDRS ENVID=x",
	" NOTIFY=FAILURE ORCPT=rfc822;r@b"},
    {OURS, 0, NEVER, false, NULL, "rfc822;o@d", "r@b", "", " NOTIFY=FAILURE ORCPT=rfc822;o@d"},
};

static void
test_parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(parameter_rows); i++) {
		const struct parameter_row *row = &parameter_rows[i];
		struct message *message = message_create();
		struct delivery delivery = {.notify = row->notify,
		    .recipient = g_strdup(row->recipient),
		    .original_recipient = g_strdup(row->original)};
		char *mail, *rcpt;

		message->dsn_return = row->dsn_return;
		message->envelope_id = g_strdup(row->envelope_id);
		mail = dsn_mail_parameters(message, row->sender);
		rcpt = dsn_rcpt_parameters(&delivery, row->sender, row->is_smtputf8);
		assert_string_equal(mail, row->mail);
		assert_string_equal(rcpt, row->rcpt);
		g_free(mail);
		g_free(rcpt);
		g_free(delivery.recipient);
		g_free(delivery.original_recipient);
		message_unref(message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_due),
	    cmocka_unit_test(test_no_sender),
	    cmocka_unit_test(test_of_the_api),
	    cmocka_unit_test(test_late),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_words_of_a_transcript),
	    cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
