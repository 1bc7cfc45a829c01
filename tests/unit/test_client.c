/* The SMTP client (deliver/client.h) against scripted servers: what it says, and what it makes of the answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/client.h"

/* Greeting and EHLO replies of a server that offers little, and of one that pipelines. */
#define PLAIN "220 a|250 a|"
#define PIPELINING "220 a|250-a\r\n250 PIPELINING|"

struct client_row {
	const char *server; /* replies, each packet up to the | */
	const char *sent;   /* commands after the EHLO, joined with | */
	const char *verdict, *code;
	bool is_usable, is_for_another_host;
};

static const struct client_row client_rows[] = {
    {PLAIN "250 ok|250 ok|354 go|250 2.0.0 ok", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|",
	"delivered", "2.0.0", true, false},
    {PIPELINING "250 ok\r\n250 ok\r\n354 go|250 ok",
	"MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|", "delivered", "2.0.0", true, false},
    {"220 a|502 no|250 a|250 ok|250 ok|354 go|250 ok",
	"HELO relay.example|MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|", "delivered", "2.0.0",
	true, false},
    {"220 a|250-a\r\n250-SIZE 1000\r\n250 8BITMIME|250 ok|250 ok|354 go|250 ok",
	"MAIL FROM:<s@a> SIZE=12|RCPT TO:<r@b>|DATA|A: b||..x|.|", "delivered", "2.0.0", true,
	false},
    {"220 a|250-a\r\n250 SIZE|250 ok|250 ok|354 go|250 ok",
	"MAIL FROM:<s@a> SIZE=12|RCPT TO:<r@b>|DATA|A: b||..x|.|", "delivered", "2.0.0", true,
	false},
    {"220 a|250-a\r\n250 SIZE 11", "", "failed", "5.3.4", true, false},
    /* Refused at each step. */
    {PLAIN "550 5.7.1 no", "MAIL FROM:<s@a>|", "failed", "5.7.1", true, false},
    {PLAIN "451 no", "MAIL FROM:<s@a>|", "deferred", "4.3.0", true, false},
    {PLAIN "250 ok|550 5.1.1 no", "MAIL FROM:<s@a>|RCPT TO:<r@b>|", "failed", "5.1.1", true, false},
    {PLAIN "250 ok|552 5.2.2 full", "MAIL FROM:<s@a>|RCPT TO:<r@b>|", "deferred", "4.2.2", true,
	false},
    {PLAIN "250 ok|250 ok|451 4.3.2 no", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|", "deferred", "4.3.2",
	true, false},
    {PLAIN "250 ok|250 ok|354 go|554 5.6.0 no", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|",
	"failed", "5.6.0", true, false},
    /* RFC 2920 3.1: DATA went along with commands that were refused. */
    {PIPELINING "250 ok\r\n550 5.1.1 no\r\n503 5.5.1 no", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|",
	"failed", "5.1.1", true, false},
    {PIPELINING "250 ok\r\n550 5.1.1 no\r\n354 go|250 ok", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|.|",
	"failed", "5.1.1", true, false},
    {PIPELINING "550 5.7.1 no\r\n503 no\r\n503 no", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|", "failed",
	"5.7.1", true, false},
    /* 421: another host may do better, unless the content was sent. */
    {PLAIN "421 4.3.2 bye", "MAIL FROM:<s@a>|", "deferred", "4.3.2", false, true},
    {PLAIN "250 ok|421 4.3.2 bye", "MAIL FROM:<s@a>|RCPT TO:<r@b>|", "deferred", "4.3.2", false,
	true},
    {PLAIN "250 ok|250 ok|354 go|421 4.3.2 bye", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|",
	"deferred", "4.3.2", false, false},
    /* No SMTP. */
    {PLAIN "250 ok|hello", "MAIL FROM:<s@a>|RCPT TO:<r@b>|", "deferred", "4.5.0", false, true},
    {PLAIN "250 ok|250 ok|250 ok", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|", "deferred", "4.5.0",
	false, true},
    {PLAIN "250 ok|250 ok|354 go|354 go", "MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|",
	"deferred", "4.5.0", false, false},
    {PLAIN "250 ok|250 ok|354 go|250 ok\r\n250 again",
	"MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|A: b||..x|.|", "delivered", "2.0.0", false, false},
};

/* A conversation, as a connection would lead it. */
struct conversation {
	struct client *client;
	enum client_step step;
	GString *head, *body;
	GString *sent;
	struct transaction_recipient recipient;
	struct transaction transaction;
};

static void
conversation_start(struct conversation *conversation, enum client_tls tls)
{
	memset(conversation, 0, sizeof(*conversation));
	conversation->client = client_create("relay.example", tls);
	conversation->head = g_string_new("A: b\r\n");
	conversation->body = g_string_new("\r\n.x\r\n");
	conversation->sent = g_string_new(NULL);
	conversation->recipient.path = "r@b";
	conversation->recipient.transcript = g_string_new(NULL);
	conversation->transaction.mail_from = "s@a";
	conversation->transaction.head = conversation->head;
	conversation->transaction.body = conversation->body;
	conversation->transaction.recipients = &conversation->recipient;
	conversation->transaction.recipient_count = 1;
}

static void
conversation_end(struct conversation *conversation)
{
	client_destroy(conversation->client);
	g_string_free(conversation->head, TRUE);
	g_string_free(conversation->body, TRUE);
	g_string_free(conversation->sent, TRUE);
	g_string_free(conversation->recipient.transcript, TRUE);
}

static void
conversation_flush(struct conversation *conversation)
{
	GString *output = client_output(conversation->client);

	while (client_has_content(conversation->client))
		client_produce(conversation->client);
	g_string_append_len(conversation->sent, output->str, (gssize)output->len);
	g_string_truncate(output, 0);
}

/* One packet from the server; a transaction begins when it can. */
static void
conversation_hear(struct conversation *conversation, const char *packet)
{
	char *line = g_strconcat(packet, "\r\n", NULL);
	const char *at = line;

	conversation->step = client_input(conversation->client, &at, line + strlen(line));
	if (conversation->step == CLIENT_READY)
		conversation->step = client_begin(conversation->client, &conversation->transaction);
	conversation_flush(conversation);
	g_free(line);
}

static void
conversation_run(struct conversation *conversation, const char *server)
{
	char **packets = g_strsplit(server, "|", -1);

	for (char **packet = packets; *packet != NULL; packet++)
		conversation_hear(conversation, *packet);
	g_strfreev(packets);
}

static void
assert_sent(struct conversation *conversation, const char *expected)
{
	char **lines = g_strsplit(conversation->sent->str, "\r\n", -1);
	char *sent = g_strjoinv("|", lines);

	assert_string_equal(sent, expected);
	g_free(sent);
	g_strfreev(lines);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(client_rows); i++) {
		const struct client_row *row = &client_rows[i];
		char *expected = g_strconcat("EHLO relay.example|", row->sent, NULL);
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_NEVER);
		conversation_run(&conversation, row->server);
		assert_sent(&conversation, expected);
		assert_int_equal(conversation.step, CLIENT_ENDED);
		assert_string_equal(verdict_word(&conversation.recipient.verdict), row->verdict);
		assert_string_equal(conversation.recipient.verdict.code, row->code);
		assert_int_equal(client_is_usable(conversation.client), row->is_usable);
		assert_int_equal(conversation.recipient.rest == TRANSACTION_OTHER_HOST,
		    row->is_for_another_host);
		conversation_end(&conversation);
		g_free(expected);
	}
}

static void
test_unusable(void **state)
{
	static const struct {
		const char *server;
		enum verdict_status status;
		const char *code;
	} rows[] = {
	    {"554 5.7.1 no", VERDICT_FAILED, "5.7.1"},
	    {"421 busy", VERDICT_DEFERRED, "4.3.2"},
	    {"250 what", VERDICT_DEFERRED, "4.5.0"},
	    {"SSH-2.0-OpenSSH_9.2", VERDICT_DEFERRED, "4.5.0"},
	    {"220 a|421 bye", VERDICT_DEFERRED, "4.3.2"},
	    {"220 a|550 no|550 5.3.0 no", VERDICT_FAILED, "5.3.0"},
	    {"220 a\r\n250 a\r\n250 ok", VERDICT_DEFERRED, "4.5.0"},
	    {"220 a|250-a\r\n250 STARTTLS|220 go\r\n250 injected", VERDICT_DEFERRED, "4.5.0"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;
		struct verdict verdict;

		conversation_start(&conversation, CLIENT_TLS_WHEN_OFFERED);
		conversation_run(&conversation, rows[i].server);
		assert_int_equal(conversation.step, CLIENT_FAILED);
		verdict = client_verdict(conversation.client);
		assert_int_equal(verdict.status, rows[i].status);
		assert_string_equal(verdict.code, rows[i].code);
		conversation_end(&conversation);
	}
}

/* RFC 3207 4.2: what was offered in the clear is forgotten. */
static void
test_starttls(void **state)
{
	struct conversation conversation;

	(void)state;
	conversation_start(&conversation, CLIENT_TLS_WHEN_OFFERED);
	conversation_run(&conversation, "220 a|250-a\r\n250-PIPELINING\r\n250 STARTTLS|220 go");
	assert_int_equal(conversation.step, CLIENT_START_TLS);
	client_secured(conversation.client, "TLSv1.3 TLS_AES_256_GCM_SHA384 verified=none");
	conversation_flush(&conversation);
	conversation_run(&conversation, "250-a\r\n250 STARTTLS|250 ok");
	assert_sent(&conversation,
	    "EHLO relay.example|STARTTLS|EHLO relay.example|"
	    "MAIL FROM:<s@a>|RCPT TO:<r@b>|");
	assert_non_null(strstr(client_opening(conversation.client)->str,
	    " = TLSv1.3 TLS_AES_256_GCM_SHA384 verified=none\n"));
	conversation_end(&conversation);
}

static void
test_tls_required(void **state)
{
	static const char *const servers[] = {
	    "220 a|250 a", "220 a|250-a\r\n250 STARTTLS|454 4.7.0 not now", "220 a|502 no|250 a"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(servers); i++) {
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_REQUIRED);
		conversation_run(&conversation, servers[i]);
		assert_int_equal(conversation.step, CLIENT_FAILED);
		assert_string_equal(client_verdict(conversation.client).code, "4.7.4");
		assert_non_null(
		    strstr(client_opening(conversation.client)->str, " = TLS is required here"));
		conversation_end(&conversation);
	}
}

/* RFC 8689 4.2.1: what is offered in the clear does not count, and MAIL says it where it is asked for. */
static void
test_requiretls(void **state)
{
	static const struct {
		const char *before, *after; /* the handshake; NULL: there is none */
		enum verdict_status status;
		const char *code;
	} rows[] = {
	    {"220 a|250-a\r\n250 STARTTLS|220 go", "250-a\r\n250 REQUIRETLS|250 ok", VERDICT_OPEN,
		""},
	    {"220 a|250-a\r\n250-REQUIRETLS\r\n250 STARTTLS|220 go", "250 a", VERDICT_FAILED,
		"5.7.30"},
	    {"220 a|250-a\r\n250 STARTTLS|220 go", "500 no|250 a", VERDICT_FAILED, "5.7.30"},
	    {"220 a|250-a\r\n250 REQUIRETLS", NULL, VERDICT_FAILED, "5.7.10"},
	    {"220 a|502 no|250 a", NULL, VERDICT_FAILED, "5.7.10"},
	    {"220 a|250-a\r\n250 STARTTLS|454 4.7.0 not now", NULL, VERDICT_DEFERRED, "4.7.4"},
	    {"220 a|250-a\r\n250 STARTTLS|421 4.3.2 bye", NULL, VERDICT_DEFERRED, "4.3.2"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_PASSED_ON);
		conversation.transaction.requires_tls = true;
		conversation_run(&conversation, rows[i].before);
		if (rows[i].after != NULL) {
			assert_int_equal(conversation.step, CLIENT_START_TLS);
			client_secured(conversation.client, "TLSv1.3 verified=dane");
			conversation_run(&conversation, rows[i].after);
		}
		if (rows[i].status == VERDICT_OPEN) {
			conversation_flush(&conversation);
			assert_non_null(
			    strstr(conversation.sent->str, "MAIL FROM:<s@a> REQUIRETLS\r\n"));
		} else {
			assert_int_equal(conversation.step, CLIENT_FAILED);
			assert_int_equal(
			    client_verdict(conversation.client).status, rows[i].status);
			assert_string_equal(client_verdict(conversation.client).code, rows[i].code);
		}
		conversation_end(&conversation);
	}
}

/* Who DNS leads back to itself must know it by the name. */
static void
test_itself(void **state)
{
	static const struct {
		const char *server;
		bool is_itself;
	} rows[] = {
	    {"220 a|250 relay.example", true},
	    {"220 a|250-RELAY.example at your service\r\n250 STARTTLS", true},
	    {"220 relay.example|250 a", false},
	    {"220 a|250 relay.example.net", false},
	    {"220 a|250 relay", false},
	    {"220 a|250-a\r\n250 relay.example", false},
	};

	(void)state;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
		bool is_watched = i % 2 == 0;
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_NEVER);
		if (is_watched)
			client_refuse_itself(conversation.client);
		conversation_run(&conversation, rows[i / 2].server);
		if (is_watched && rows[i / 2].is_itself) {
			assert_int_equal(conversation.step, CLIENT_FAILED);
			assert_int_equal(
			    client_verdict(conversation.client).status, VERDICT_FAILED);
			assert_string_equal(client_verdict(conversation.client).code, "5.4.6");
		} else {
			assert_non_null(strstr(conversation.sent->str, "MAIL FROM:<s@a>"));
		}
		conversation_end(&conversation);
	}
}

/* RFC 6531 3.4, RFC 6152. */
static void
test_utf8(void **state)
{
	static const struct {
		const char *server, *sent, *code;
	} rows[] = {
	    {"220 a|250-a\r\n250-8BITMIME\r\n250 SMTPUTF8|250 ok|250 ok|354 go|250 ok",
		"EHLO relay.example|MAIL FROM:<s@a> BODY=8BITMIME SMTPUTF8|RCPT TO:<r@b>|DATA|"
		"\xc3\xa4: b||..x|.|",
		"2.0.0"},
	    {"220 a|250 a", "EHLO relay.example|", "5.6.7"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_NEVER);
		g_string_assign(conversation.head, "\xc3\xa4: b\r\n");
		conversation.transaction.needs_smtputf8 = true;
		conversation_run(&conversation, rows[i].server);
		assert_sent(&conversation, rows[i].sent);
		assert_int_equal(conversation.step, CLIENT_ENDED);
		assert_string_equal(conversation.recipient.verdict.code, rows[i].code);
		conversation_end(&conversation);
	}
}

/* RFC 3461 5.2: only who offers DSN is asked; HELO offers nothing. */
static void
test_dsn(void **state)
{
	static const struct {
		const char *server, *sent;
		bool is_offered;
	} rows[] = {
	    {"220 a|250-a\r\n250-SIZE 99\r\n250 dsn|250 ok|250 ok",
		"EHLO relay.example|MAIL FROM:<s@a> SIZE=12 RET=HDRS|RCPT TO:<r@b> NOTIFY=DELAY|DATA|",
		true},
	    {"220 a|250-a\r\n250 PIPELINING",
		"EHLO relay.example|MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|", false},
	    {"220 a|500 what|250 a", "EHLO relay.example|HELO relay.example|MAIL FROM:<s@a>|",
		false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;

		conversation_start(&conversation, CLIENT_TLS_NEVER);
		conversation.transaction.dsn = " RET=HDRS";
		conversation.recipient.dsn = " NOTIFY=DELAY";
		conversation_run(&conversation, rows[i].server);
		assert_sent(&conversation, rows[i].sent);
		assert_int_equal(conversation.transaction.is_dsn_offered, rows[i].is_offered);
		conversation_end(&conversation);
	}
}

/* After a refusal the next transaction begins with RSET, in its own transcript. */
static void
test_next(void **state)
{
	struct conversation conversation;

	(void)state;
	conversation_start(&conversation, CLIENT_TLS_NEVER);
	conversation_run(&conversation, PIPELINING "250 ok\r\n550 no\r\n503 no");
	g_string_truncate(conversation.sent, 0);
	conversation.recipient.verdict.status = VERDICT_OPEN;
	assert_int_equal(
	    client_begin(conversation.client, &conversation.transaction), CLIENT_WAITS);
	conversation_flush(&conversation);
	assert_sent(&conversation, "RSET|MAIL FROM:<s@a>|RCPT TO:<r@b>|DATA|");
	conversation_run(&conversation, "250 reset|250 ok|250 ok|354 go|250 ok");
	assert_int_equal(conversation.recipient.verdict.status, VERDICT_DELIVERED);
	assert_int_equal(client_transactions(conversation.client), 2);
	conversation_end(&conversation);
}

/* A connection that breaks: before the content another host may have it; after the dot nobody knows. */
static void
test_break(void **state)
{
	static const struct {
		const char *server;
		bool is_answered, is_past_dot;
		const char *end; /* of the transcript */
	} rows[] = {
	    {PLAIN, false, false, "> MAIL FROM:<s@a>"},
	    {PLAIN "250 ok|250 ok", true, false, "> DATA"},
	    {PLAIN "250 ok|250 ok|354 go", true, true, "> [12 bytes]"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;
		char *server = g_strdup(rows[i].server);
		char *transcript;

		if (g_str_has_suffix(server, "|"))
			server[strlen(server) - 1] = '\0';
		conversation_start(&conversation, CLIENT_TLS_NEVER);
		conversation_run(&conversation, server);
		transcript = conversation.recipient.transcript->str;
		assert_non_null(strstr(transcript, rows[i].end));
		assert_int_equal(client_is_past_dot(conversation.client), rows[i].is_past_dot);
		assert_int_equal(
		    client_break(conversation.client, "4.4.2", "connection reset"), CLIENT_ENDED);
		assert_true(g_str_has_suffix(
		    conversation.recipient.transcript->str, " = connection reset\n"));
		assert_string_equal(conversation.recipient.verdict.code, "4.4.2");
		assert_int_equal(conversation.transaction.is_answered, rows[i].is_answered);
		assert_int_equal(conversation.recipient.rest,
		    rows[i].is_past_dot ? TRANSACTION_NOTHING : TRANSACTION_OTHER_HOST);
		conversation_end(&conversation);
		g_free(server);
	}
}

/* What is a bounce depends on what was answered. */
static void
test_bounces(void **state)
{
	static const struct {
		const char *server;
		enum attempt_bounce bounce;
		unsigned reply_code;
	} rows[] = {
	    {PLAIN "250 ok|250 ok|354 go|250 ok", ATTEMPT_BOUNCE_NONE, 250},
	    {PLAIN "550 5.1.1 no", ATTEMPT_BOUNCE_PASSING, 550},
	    {PLAIN "250 ok|550 no", ATTEMPT_BOUNCE_DEFINITIVE, 550},
	    {PLAIN "250 ok|553 5.1.3 no", ATTEMPT_BOUNCE_DEFINITIVE, 553},
	    {PLAIN "250 ok|550 5.7.1 no", ATTEMPT_BOUNCE_PASSING, 550},
	    {PLAIN "250 ok|450 4.1.1 later", ATTEMPT_BOUNCE_NONE, 450},
	    {PLAIN "250 ok|250 ok|554 5.1.1 no", ATTEMPT_BOUNCE_DEFINITIVE, 554},
	    {PLAIN "250 ok|250 ok|354 go|550 no", ATTEMPT_BOUNCE_PASSING, 550},
	    {PLAIN "250 ok|250 ok|354 go|550 5.2.1 no", ATTEMPT_BOUNCE_DEFINITIVE, 550},
	    {PIPELINING "550 no\r\n550 5.1.1 no\r\n503 no", ATTEMPT_BOUNCE_PASSING, 550},
	    {PIPELINING "250 ok\r\n550 5.1.1 no\r\n503 no", ATTEMPT_BOUNCE_DEFINITIVE, 550},
	    /* our own word, of what the server offers */
	    {"220 a|250-a\r\n250 SIZE 11", ATTEMPT_BOUNCE_NONE, 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct conversation conversation;
		const struct verdict *verdict = &conversation.recipient.verdict;

		conversation_start(&conversation, CLIENT_TLS_NEVER);
		conversation_run(&conversation, rows[i].server);
		assert_int_equal(conversation.step, CLIENT_ENDED);
		if (verdict->bounce != rows[i].bounce || verdict->reply_code != rows[i].reply_code)
			fail_msg("row %zu: %d %u", i, verdict->bounce, verdict->reply_code);
		conversation_end(&conversation);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_unusable),
	    cmocka_unit_test(test_starttls),
	    cmocka_unit_test(test_tls_required),
	    cmocka_unit_test(test_requiretls),
	    cmocka_unit_test(test_itself),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_dsn),
	    cmocka_unit_test(test_next),
	    cmocka_unit_test(test_break),
	    cmocka_unit_test(test_bounces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
