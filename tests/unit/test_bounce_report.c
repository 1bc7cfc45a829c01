/* What comes back, as servers write it: tests/data/bounces/, one message a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/message/bounce_reply.h"
#include "services/relay/message/bounce_report.h"

static const char ann[] = "ann@example.net";

static const struct {
	const char *file;
	enum bounce_kind kind;
	int smtp_code;
	const char *status;
	const char *recipient;
} rows[] = {
    {"dsn-postfix", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"dsn-postfix-delayed", BOUNCE_DELAYED, 0, "4.4.1", ann},
    {"dsn-postfix-expired", BOUNCE_TRANSIENT, 0, "4.4.1", ann},
    {"dsn-success", BOUNCE_NONE, 0, "", ann},
    {"dsn-sendmail", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"dsn-exchange-general", BOUNCE_PERMANENT, 550, "5.2.1", ann},
    {"dsn-general-words", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"dsn-mailbox-full", BOUNCE_TRANSIENT, 452, "4.2.2", ann},
    {"dsn-policy", BOUNCE_PERMANENT, 554, "5.7.1", ann},
    {"dsn-forwarded", BOUNCE_PERMANENT, 550, "5.1.1", "ann.private@example.edu"},
    {"dsn-two-recipients", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"dsn-base64", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"dsn-utf8", BOUNCE_PERMANENT, 550, "5.1.1", "\xc3\xa4nn@example.net"},
    {"arf-abuse", BOUNCE_COMPLAINT, 0, "", ann},
    {"arf-not-spam", BOUNCE_NONE, 0, "", ann},
    {"arf-auth-failure", BOUNCE_NONE, 0, "", ann},
    {"text-qmail", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-qmail-local", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-qmail-expired", BOUNCE_TRANSIENT, 0, "4.4.3", ann},
    {"text-qmail-code", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-qmail-full", BOUNCE_PERMANENT, 550, "", ann},
    {"text-exim", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-exim-unrouteable", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-exim-delayed", BOUNCE_DELAYED, 451, "4.3.0", ann},
    {"text-exim-timeout", BOUNCE_TRANSIENT, 0, "4.4.7", ann},
    {"text-postfix", BOUNCE_PERMANENT, 552, "5.2.2", ann},
    {"text-sendmail", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-sendmail-warning", BOUNCE_DELAYED, 0, "4.4.1", ann},
    {"text-exchange", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-lotus", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-yahoo", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-google", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-tonline", BOUNCE_PERMANENT, 0, "5.1.1", ann},
    {"text-mdaemon", BOUNCE_PERMANENT, 550, "5.1.1", ann},
    {"text-imail", BOUNCE_TRANSIENT, 0, "4.2.2", ann},
    {"text-html", BOUNCE_PERMANENT, 550, "5.1.10", ann},
    {"reply-out-of-office", BOUNCE_NONE, 0, "", NULL},
    {"reply-vacation", BOUNCE_NONE, 0, "", NULL},
    {"reply-human", BOUNCE_NONE, 0, "", NULL},
    {"reply-challenge", BOUNCE_NONE, 0, "", NULL},
};

static void
read_text(const char *text, size_t length, struct bounce_report *report)
{
	const char *empty = g_strstr_len(text, (gssize)length, "\r\n\r\n");
	size_t head_length = empty != NULL ? (size_t)(empty - text) + 2 : length;
	GString *head = g_string_new_len(text, (gssize)head_length);
	GString *body = g_string_new_len(text + head_length, (gssize)(length - head_length));

	bounce_report_read(head, body, report);
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
}

static void
test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("tests/data/bounces/%s.eml", rows[i].file);
		g_autofree char *text = NULL;
		struct bounce_report report;
		gsize length;

		assert_true(g_file_get_contents(path, &text, &length, NULL));
		read_text(text, length, &report);
		if (report.kind != rows[i].kind || report.smtp_code != rows[i].smtp_code ||
		    strcmp(report.status, rows[i].status) != 0 ||
		    g_strcmp0(report.recipient, rows[i].recipient) != 0)
			fail_msg("%s: %s %d \"%s\" %s \"%s\"", rows[i].file,
			    bounce_kind_name(report.kind), report.smtp_code, report.status,
			    report.recipient, report.text);
		if (report.kind != BOUNCE_NONE)
			assert_true(report.text[0] != '\0');
		bounce_report_clear(&report);
	}
}

/* Whatever is cut off, and wherever. */
static void
test_cut_off(void **state)
{
	g_autofree char *text = NULL;
	struct bounce_report report;
	gsize length;

	(void)state;
	assert_true(
	    g_file_get_contents("tests/data/bounces/dsn-postfix.eml", &text, &length, NULL));
	for (gsize i = 0; i <= length; i++) {
		read_text(text, i, &report);
		assert_non_null(report.text);
		bounce_report_clear(&report);
	}
}

static const struct {
	const char *text;
	int code;
	const char *status;
	const char *address;
} replies[] = {
    {"", 0, "", NULL},
    {"550 5.1.1 <ann@example.net>: gone", 550, "5.1.1", "ann@example.net"},
    {"550-5.1.1 gone", 550, "5.1.1", NULL},
    {"said: 452 4.2.2 full", 452, "4.2.2", NULL},
    {"(#5.1.1)", 0, "5.1.1", NULL},
    {"550", 550, "", NULL},
    {"host 45.5.1.1 and 192.0.5.4", 0, "", NULL},
    {"5.1.1.7 5.1.1x", 0, "", NULL},
    {"5.1000.1", 0, "", NULL},
    {"4.1", 0, "", NULL},
    {"5550 55 570 5501", 0, "", NULL},
    {"[550]", 0, "", NULL},
    {"x@ @y a@b.", 0, "", "a@b"},
    {"mailto:ann@example.net,", 0, "", "ann@example.net"},
};

static void
test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
		g_autofree char *address = bounce_reply_address(replies[i].text);
		char status[BOUNCE_STATUS_SIZE];

		bounce_reply_status(replies[i].text, status);
		if (bounce_reply_code(replies[i].text) != replies[i].code ||
		    strcmp(status, replies[i].status) != 0 ||
		    g_strcmp0(address, replies[i].address) != 0)
			fail_msg("%s: %d \"%s\" %s", replies[i].text,
			    bounce_reply_code(replies[i].text), status, address);
	}
}

static void
test_line_is_short_and_valid(void **state)
{
	g_autofree char *bytes = g_strnfill(10 * BOUNCE_TEXT_MAX, '\xff');
	g_autofree char *line = bounce_reply_line(bytes);
	g_autofree char *folded = bounce_reply_line("  a \r\n\tb\x01 c  ");

	(void)state;
	assert_true(strlen(line) <= BOUNCE_TEXT_MAX);
	assert_true(g_utf8_validate(line, -1, NULL));
	assert_string_equal(folded, "a b c");
}

/* Anybody may mail a return path, and GMime would follow these until the stack ends. */
static void
test_groups_within_groups(void **state)
{
	GString *text = g_string_new(
	    "From: m@example.net\r\nSubject: Undelivered\r\n"
	    "Content-Type: multipart/report; boundary=b; report-type=delivery-status\r\n\r\n--b\r\n"
	    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.net\r\n\r\n"
	    "Final-Recipient: rfc822; ann@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\nTo: ");
	struct bounce_report report;

	(void)state;
	for (int i = 0; i < 120000; i++)
		g_string_append(text, i % 400 == 0 ? "\r\n a:" : "a:");
	g_string_append(text, "\r\n\r\nx\r\n--b--\r\n");
	read_text(text->str, text->len, &report);
	assert_int_equal(report.kind, BOUNCE_PERMANENT);
	assert_string_equal(report.recipient, ann);
	bounce_report_clear(&report);
	g_string_free(text, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_groups_within_groups),
	    cmocka_unit_test(test_cut_off),
	    cmocka_unit_test(test_replies),
	    cmocka_unit_test(test_line_is_short_and_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
