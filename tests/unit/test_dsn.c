/* Reports to senders: what is written is read again by the reader of others' reports, and says what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "services/relay/message/bounce_report.h"
#include "services/relay/message/dsn.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define ARRIVAL (INT64_C(1795510800) * CLOCK_SECOND) /* Tue, 24 Nov 2026 09:00:00 +0000 */
#define HOUR (3600 * CLOCK_SECOND)

enum { RETURNED_MAX = 200 };

struct fixture {
	struct message *original;
	struct dsn dsn;
	struct message *report;
};

static void
fixture_open(struct fixture *fixture)
{
	struct message *original = message_create();

	original->account_id = 7;
	original->received_at = ARRIVAL;
	original->mail_from = g_strdup("shop@sender.example");
	g_string_assign(original->head, "Subject: Hello\r\nX-Long: first\r\n second\r\n");
	g_string_assign(original->body, "\r\nThe text.\r\n");
	fixture->original = original;
	fixture->report = NULL;
	fixture->dsn = (struct dsn){.action = DSN_FAILED,
	    .hostname = "relay.example",
	    .message = original,
	    .to = "shop@sender.example",
	    .delivery_id = 99,
	    .recipient = "ann@example.net",
	    .status = "5.1.1",
	    .when = ARRIVAL + HOUR,
	    .retry_until = ARRIVAL + 48 * HOUR,
	    .returned_max = RETURNED_MAX};
}

static void
fixture_close(struct fixture *fixture)
{
	message_unref(fixture->report);
	message_unref(fixture->original);
}

static void
assert_has(const struct message *report, const char *text)
{
	if (strstr(report->head->str, text) == NULL && strstr(report->body->str, text) == NULL)
		fail_msg(
		    "the report has no \"%s\":\n%s%s", text, report->head->str, report->body->str);
}

static void
assert_lacks(const struct message *report, const char *text)
{
	assert_null(strstr(report->head->str, text));
	assert_null(strstr(report->body->str, text));
}

struct report_row {
	enum dsn_action action;
	const char *status, *remote, *reply, *reason;
	enum bounce_kind kind; /* what the reader says of it */
	int smtp_code;
	const char *text;
};

static const struct report_row report_rows[] = {
    {DSN_FAILED, "5.1.1", "mx.example.net", "550 5.1.1 no such user", NULL, BOUNCE_PERMANENT, 550,
	"550 5.1.1 no such user"},
    {DSN_FAILED, "4.4.7", "mx.example.net", "450 4.2.0 busy", NULL, BOUNCE_TRANSIENT, 450,
	"450 4.2.0 busy"},
    {DSN_FAILED, "5.7.1", NULL, NULL, "not sent: on the account's bounce list since 2026-11-01",
	BOUNCE_PERMANENT, 0, "not sent: on the account's bounce list since 2026-11-01"},
    {DSN_DELAYED, "4.2.0", "mx.example.net", "450 4.2.0 busy", NULL, BOUNCE_DELAYED, 450,
	"450 4.2.0 busy"},
    {DSN_RELAYED, "2.0.0", "mx.example.net", "250 2.0.0 Ok", NULL, BOUNCE_NONE, 0, "250 2.0.0 Ok"},
};

static void
test_read_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(report_rows); i++) {
		const struct report_row *row = &report_rows[i];
		struct bounce_report read;
		struct fixture f;

		fixture_open(&f);
		f.dsn.action = row->action;
		f.dsn.status = row->status;
		f.dsn.remote = row->remote;
		f.dsn.reply = row->reply;
		f.dsn.reason = row->reason;
		f.report = dsn_create(&f.dsn);
		bounce_report_read(f.report->head, f.report->body, &read);
		assert_int_equal(read.kind, row->kind);
		/* of a success it reads no code */
		assert_string_equal(read.status, row->kind == BOUNCE_NONE ? "" : row->status);
		assert_int_equal(read.smtp_code, row->smtp_code);
		assert_string_equal(read.recipient, "ann@example.net");
		assert_string_equal(read.text, row->text);
		bounce_report_clear(&read);
		fixture_close(&f);
	}
}

static void
test_envelope(void **state)
{
	const struct message_recipient *recipient;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	f.report = dsn_create(&f.dsn);
	assert_int_equal(f.report->account_id, 7);
	assert_string_equal(f.report->mail_from, "");
	assert_int_equal(f.report->recipients->len, 1);
	recipient = f.report->recipients->pdata[0];
	assert_string_equal(recipient->address, "shop@sender.example");
	assert_true(dsn_is_report(f.report));
	assert_false(f.report->smtputf8);
	assert_has(f.report, "From: Mail Delivery System <MAILER-DAEMON@relay.example>\r\n");
	assert_has(f.report, "To: <shop@sender.example>\r\n");
	assert_has(f.report, "Auto-Submitted: auto-replied\r\n");
	assert_has(f.report, "Message-Id: <99.failed@relay.example>\r\n");
	assert_has(f.report, "report-type=delivery-status");
	assert_memory_equal(f.report->body->str, "\r\n", 2);
	fixture_close(&f);
}

static void
test_fields(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	f.original->envelope_id = g_strdup("order+2B12+20b");
	f.dsn.original_recipient = "rfc822;ann+2Btag@example.net";
	f.dsn.remote = "mx.example.net";
	f.dsn.reply = "550 no\xc3\xa9\tsuch user";
	f.report = dsn_create(&f.dsn);
	assert_has(f.report, "\r\nOriginal-Envelope-Id: order+12 b\r\n");
	assert_has(f.report, "\r\nReporting-MTA: dns; relay.example\r\n");
	assert_has(f.report, "\r\nArrival-Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n\r\n");
	assert_has(f.report, "\r\nOriginal-Recipient: rfc822; ann+tag@example.net\r\n");
	assert_has(f.report, "\r\nFinal-Recipient: rfc822; ann@example.net\r\n");
	assert_has(f.report,
	    "\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.example.net\r\n"
	    "Diagnostic-Code: smtp; 550 no???such user\r\n");
	assert_has(f.report, "\r\nLast-Attempt-Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n");
	assert_lacks(f.report, "Will-Retry-Until");
	fixture_close(&f);
}

static void
test_delay(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	f.dsn.action = DSN_DELAYED;
	f.dsn.status = "4.4.1";
	f.original->dsn_return = DSN_RETURN_FULL;
	f.report = dsn_create(&f.dsn);
	assert_has(f.report, "\r\nAction: delayed\r\n");
	assert_has(f.report, "\r\nWill-Retry-Until: Thu, 26 Nov 2026 09:00:00 +0000\r\n");
	assert_lacks(f.report, "The text.");
	assert_lacks(f.report, "Original-");
	fixture_close(&f);
}

/* RFC 6533: the part for programs stays ASCII. */
static void
test_utf8(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	g_free(f.original->mail_from);
	f.original->mail_from = g_strdup("\xc3\xa9ric@sender.example");
	f.dsn.to = f.original->mail_from;
	f.dsn.recipient = "\xe2\x82\xac\\@example.net";
	f.dsn.original_recipient = "utf-8;\xc3\xa9@example.net";
	g_string_assign(f.original->head, "Subject: \xc3\xa9\r\n");
	f.report = dsn_create(&f.dsn);
	assert_true(f.report->smtputf8);
	assert_has(f.report, "\r\nFinal-Recipient: utf-8; \\x{20AC}\\x{5C}@example.net\r\n");
	assert_has(f.report, "\r\nOriginal-Recipient: utf-8; \\x{E9}@example.net\r\n");
	assert_has(f.report, "Content-Type: message/global-headers\r\n");
	assert_has(f.report, "Content-Transfer-Encoding: 8bit\r\n\r\nSubject: \xc3\xa9\r\n");
	assert_has(f.report, "To: <\xc3\xa9ric@sender.example>\r\n");
	fixture_close(&f);
}

struct returned_row {
	enum dsn_return dsn_return;
	size_t body_bytes; /* beyond the text that is there */
	const char *has, *lacks;
};

static const struct returned_row returned_rows[] = {
    {DSN_RETURN_FULL, 0, "Content-Type: message/rfc822\r\n", "text/rfc822-headers"},
    {DSN_RETURN_FULL, 0, "X-Long: first\r\n second\r\n\r\nThe text.\r\n", "text/rfc822-headers"},
    {DSN_RETURN_FULL, RETURNED_MAX, "Content-Type: text/rfc822-headers\r\n", "The text."},
    {DSN_RETURN_HEADERS, 0, "Content-Type: text/rfc822-headers\r\n", "The text."},
    {DSN_RETURN_UNSAID, 0, "Subject: Hello\r\nX-Long: first\r\n second\r\n", "The text."},
};

static void
test_returned(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(returned_rows); i++) {
		const struct returned_row *row = &returned_rows[i];
		struct fixture f;

		fixture_open(&f);
		f.original->dsn_return = row->dsn_return;
		g_string_set_size(f.original->body, f.original->body->len + row->body_bytes);
		memset(f.original->body->str + f.original->body->len - row->body_bytes, 'x',
		    row->body_bytes);
		f.report = dsn_create(&f.dsn);
		assert_has(f.report, row->has);
		assert_lacks(f.report, row->lacks);
		fixture_close(&f);
	}
}

/* A field that does not fit stays away whole, and what a NUL would hide. */
static void
test_returned_is_bounded(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	f.dsn.returned_max = strlen("Subject: Hello\r\nX-Long: first\r\n");
	f.report = dsn_create(&f.dsn);
	assert_has(f.report, "\r\nSubject: Hello\r\n");
	assert_lacks(f.report, "X-Long");
	fixture_close(&f);
	fixture_open(&f);
	f.original->dsn_return = DSN_RETURN_FULL;
	g_string_append_len(f.original->body, "\0after", 6);
	f.report = dsn_create(&f.dsn);
	assert_has(f.report, "text/rfc822-headers");
	assert_lacks(f.report, "The text.");
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_again),
	    cmocka_unit_test(test_envelope),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_delay),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_returned),
	    cmocka_unit_test(test_returned_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
