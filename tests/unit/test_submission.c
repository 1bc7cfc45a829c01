/* A submission before and after, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"

#include "services/relay/message/submission.h"

#define RECEIVED_AT (INT64_C(1773929111) * CLOCK_SECOND) /* 2026-03-19T14:05:11Z */
#define NO_ID "0000000000000000"
#define RECEIVED                                                                                   \
	"Received: from client.example.test ([192.0.2.25])\r\n"                                    \
	"\tby relay.example.net with ESMTPSA id " NO_ID "\r\n"                                     \
	"\t(TLSv1.3 TLS_AES_256_GCM_SHA384);\r\n"                                                  \
	"\tThu, 19 Mar 2026 14:05:11 +0000\r\n"
#define DATE "Date: Thu, 19 Mar 2026 14:05:11 +0000\r\n"
#define STAMPS "Date: x\r\nMessage-ID: <y>\r\n"
#define TEXT "\r\nHello\r\n"

static const struct submission_trace trace = {
    .hostname = "relay.example.net",
    .helo = "client.example.test",
    .client = "192.0.2.25",
    .protocol = "ESMTPSA",
    .tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
};

static struct message *
message_of(const char *head, const char *body)
{
	struct message *message = message_create();

	message->received_at = RECEIVED_AT;
	g_string_assign(message->head, head);
	g_string_assign(message->body, body);
	return message;
}

/* Every head has Date and Message-ID, so that `after` is all of it but Received. */
static const struct {
	const char *before;
	const char *after;
	const char *subject;
	const char *group;
} rows[] = {
    {STAMPS "Subject: a\r\n", STAMPS "Subject: a\r\n", "a", NULL},
    {STAMPS "Subject: a {G}\r\n", STAMPS "Subject: a\r\n", "a", "G"},
    {STAMPS "Subject: =?utf-8?Q?Savings_For_Today{Daily_Alert}?=\r\nSender: s@x\r\n",
	STAMPS "Subject: Savings For Today\r\nSender: s@x\r\n", "Savings For Today", "Daily Alert"},
    {"SUBJECT : a {G}\r\n" STAMPS, "SUBJECT : a\r\n" STAMPS, "a", "G"},
    {STAMPS "Subject:\r\n", STAMPS "Subject:\r\n", "", NULL},
    {STAMPS "Subject: {G}\r\n", STAMPS "Subject:\r\n", "", "G"},
    {STAMPS "Subject: a {G}\r\nSubject: b {H}\r\n", STAMPS "Subject: a\r\nSubject: b {H}\r\n", "a",
	"G"},
    {STAMPS "Subject: a\r\n\tb\r\n  c {x\r\n", STAMPS "Subject: a\r\n\tb\r\n  c {x\r\n",
	"a b  c {x", NULL},
    /* removed, folds too, in any case, each one */
    {STAMPS "Bcc: a@x,\r\n b@x\r\nSubject: a\r\nBCC : c@x\r\nbcc:\r\n", STAMPS "Subject: a\r\n",
	"a", NULL},
    {STAMPS "Resent-To: a@x\r\nResent-Bcc: b@x,\r\n c@x\r\nSubject: a\r\nresent-bcc: d@x\r\n",
	STAMPS "Resent-To: a@x\r\nSubject: a\r\n", "a", NULL},
    {"X-SMTPUsername: demo\r\n" STAMPS "X-TransGroupID:\r\n 7\r\nSubject: a\r\n",
	STAMPS "Subject: a\r\n", "a", NULL},
    /* everything else as it came */
    {STAMPS
	"sender:  s@x \r\nX-Odd : \t1\r\n 2\r\nno field\r\nFrom x\r\n\r\rY: \xff\x01\r\nSubject: a\r\n",
	STAMPS
	"sender:  s@x \r\nX-Odd : \t1\r\n 2\r\nno field\r\nFrom x\r\n\r\rY: \xff\x01\r\nSubject: a\r\n",
	"a", NULL},
    {"Received: from a\r\n by b; c\r\nReturn-Path: <r@x>\r\n" STAMPS "Subject: a\r\n",
	"Received: from a\r\n by b; c\r\nReturn-Path: <r@x>\r\n" STAMPS "Subject: a\r\n", "a",
	NULL},
    {STAMPS "X-Bcc: a\r\nBccs: b\r\nSubjects: {c}\r\nSubject: a\r\n",
	STAMPS "X-Bcc: a\r\nBccs: b\r\nSubjects: {c}\r\nSubject: a\r\n", "a", NULL},
    {STAMPS "Subject: a\nBcc: hidden@x\r\n", STAMPS "Subject: a\n", "a", NULL},
    {STAMPS "Subject: a", STAMPS "Subject: a\r\n", "a", NULL},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct message *message = message_of(rows[i].before, TEXT);
		const char *body = message->body->str;
		char *wanted = g_strconcat(RECEIVED, rows[i].after, NULL);
		struct submission_directives directives;

		assert_true(submission_prepare(message, &trace, &directives));
		assert_string_equal(message->head->str, wanted);
		assert_ptr_equal(message->body->str, body);
		assert_string_equal(message->body->str, TEXT);
		assert_string_equal(message->subject, rows[i].subject);
		if (rows[i].group == NULL)
			assert_null(message->group_name);
		else
			assert_string_equal(message->group_name, rows[i].group);
		assert_null(message->refusal);
		submission_directives_clear(&directives);
		g_free(wanted);
		message_unref(message);
	}
}

static void
test_note(void **state)
{
	struct message *message = message_of(STAMPS "Subject: a {b\tc}\r\n", TEXT);
	struct submission_directives directives;

	(void)state;
	assert_true(submission_prepare(message, &trace, &directives));
	assert_string_equal(message->head->str, RECEIVED STAMPS "Subject: a {b\tc}\r\n");
	assert_null(message->group_name);
	assert_string_equal(
	    message->note, "the group name in the Subject holds control characters");
	submission_directives_clear(&directives);
	message_unref(message);
}

static void
test_missing(void **state)
{
	static const char *const heads[] = {
	    "Subject: a\r\n", "Subject: a\r\nMessage-ID: <y>\r\n", "Subject: a\r\nDate: x\r\n"};
	static const char *const starts[] = {RECEIVED "Subject: a\r\n" DATE "Message-ID: <",
	    RECEIVED "Subject: a\r\nMessage-ID: <y>\r\n" DATE,
	    RECEIVED "Subject: a\r\nDate: x\r\nMessage-ID: <"};
	char *ids[2] = {NULL, NULL};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		struct message *message = message_of(heads[i], TEXT);
		struct submission_directives directives;

		assert_true(submission_prepare(message, &trace, &directives));
		assert_memory_equal(message->head->str, starts[i], strlen(starts[i]));
		if (i != 1) {
			assert_true(
			    g_str_has_suffix(message->head->str, "@relay.example.net>\r\n"));
			ids[i / 2] = g_strdup(strrchr(message->head->str, '<'));
		} else {
			assert_int_equal(message->head->len, strlen(starts[i]));
		}
		submission_directives_clear(&directives);
		message_unref(message);
	}
	assert_string_not_equal(ids[0], ids[1]);
	g_free(ids[0]);
	g_free(ids[1]);
}

static void
test_received(void **state)
{
	static const struct {
		struct submission_trace trace;
		const char *wanted;
	} traces[] = {
	    {{"relay.example.net", "[192.0.2.1]", "2001:db8::1", "SMTP", NULL},
		"Received: from [192.0.2.1] ([IPv6:2001:db8::1])\r\n\tby relay.example.net with SMTP id " NO_ID
		";\r\n"},
	    {{"relay.example.net", "x)\r\nBcc: (a@b {c} \xc3\xa9", "192.0.2.1", "ESMTP", NULL},
		"Received: from x???Bcc:??a?b??c???? ([192.0.2.1])\r\n"},
	    {{"relay.example.net", "", "192.0.2.1", "ESMTP", NULL},
		"Received: from unknown ([192.0.2.1])\r\n"},
	    {{"relay.example.net", NULL, "192.0.2.1", "ESMTP", NULL},
		"Received: from unknown ([192.0.2.1])\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(traces); i++) {
		struct message *message = message_of("Subject: a\r\n", TEXT);
		struct submission_directives directives;

		assert_true(submission_prepare(message, &traces[i].trace, &directives));
		assert_memory_equal(message->head->str, traces[i].wanted, strlen(traces[i].wanted));
		message->message_id = INT64_C(1428196885020672);
		message_show_id(message);
		assert_non_null(strstr(message->head->str, " id 1428196885020672;\r\n\t"));
		submission_directives_clear(&directives);
		message_unref(message);
	}
}

static void
test_directives(void **state)
{
	static const struct {
		const char *head;
		const char *username;
		const char *text;
		int64_t id;
	} directive_rows[] = {
	    {"", NULL, NULL, 0},
	    {"X-SMTPUsername: demo\r\nX-TransGroupID: 42\r\n", "demo", "42", 42},
	    {"x-smtpusername:\r\n\t demo user \r\nx-transgroupid:42\r\n", "demo user", "42", 42},
	    {"X-SMTPUsername:  \r\nX-TransGroupID:\r\n", NULL, NULL, 0},
	    {"X-SMTPUsername: =?utf-8?Q?J=C3=BCrgen?=\r\nX-TransGroupID: x\r\n", "J\xc3\xbcrgen",
		"x", 0},
	    {"X-TransGroupID: -1\r\n", NULL, "-1", 0},
	    {"X-TransGroupID: 0\r\n", NULL, "0", 0},
	    {"X-TransGroupID: 7 8\r\n", NULL, "7 8", 0},
	    {"X-TransGroupID: 9223372036854775807\r\n", NULL, "9223372036854775807", INT64_MAX},
	    {"X-TransGroupID: 9223372036854775808\r\n", NULL, "9223372036854775808", 0},
	    {"X-TransGroupID: 1\r\nX-TransGroupID: 2\r\n", NULL, "1", 1},
	    {"X-SMTPUsername:\r\nX-SMTPUsername: a\r\nX-SMTPUsername: b\r\n", "a", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(directive_rows); i++) {
		struct message *message = message_of(directive_rows[i].head, TEXT);
		struct submission_directives directives;

		g_string_append(message->head, STAMPS "Subject: a\r\n");
		assert_true(submission_prepare(message, &trace, &directives));
		assert_string_equal(message->head->str, RECEIVED STAMPS "Subject: a\r\n");
		assert_int_equal(
		    g_strcmp0(directives.smtp_username, directive_rows[i].username), 0);
		assert_int_equal(g_strcmp0(directives.group_id_text, directive_rows[i].text), 0);
		assert_int_equal(directives.group_id, directive_rows[i].id);
		submission_directives_clear(&directives);
		message_unref(message);
	}
}

static void
test_malformed(void **state)
{
	static const char no_subject[] = "the message has no Subject header";
	static const char continued[] = "the message starts with a continuation line";
	static const char no_body[] = "the message has neither text nor any body";
	static const struct {
		const char *head;
		const char *body;
		const char *refusal; /* NULL: well-formed */
		const char *subject;
	} malformed[] = {
	    {"", "", no_subject, ""},
	    {"To: a@x\r\n", TEXT, no_subject, ""},
	    {"no Subject: here\r\n", TEXT, no_subject, ""},
	    {"Subject: a {G}\r\n", "", no_body, "a"},
	    {"Subject: a\r\n", "\r\n", no_body, "a"},
	    {"Subject: a\r\n", "\r\n \t\r\n\r\n", no_body, "a"},
	    {" ; Thu, 1 Jan 1970 00:00:00 +0000\r\nSubject: a\r\n", TEXT, continued, "a"},
	    {"\tx\r\nSubject: a\r\n", TEXT, continued, "a"},
	    {"Subject:\r\n", "\r\nx", NULL, ""},
	    {"Subject: a\r\n", "\r\n.", NULL, "a"},
	    {"Subject: a\r\n", "\r\n--b\r\n\r\n--b--\r\n", NULL, "a"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(malformed); i++) {
		struct message *message = message_of(malformed[i].head, malformed[i].body);
		struct submission_directives directives;

		g_string_append(message->head, "X-SMTPUsername: demo\r\n");
		assert_int_equal(
		    submission_prepare(message, &trace, &directives), malformed[i].refusal == NULL);
		assert_int_equal(g_strcmp0(message->refusal, malformed[i].refusal), 0);
		assert_int_equal(g_strcmp0(message->subject, malformed[i].subject), 0);
		assert_string_equal(directives.smtp_username, "demo");
		submission_directives_clear(&directives);
		message_unref(message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_note),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_received),
	    cmocka_unit_test(test_directives),
	    cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests_name("submission", tests, NULL, NULL);
}
