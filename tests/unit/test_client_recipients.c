/* Several recipients in one transaction of the SMTP client (deliver/client.h): what is said, each one's verdict and transcript. */
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
#define ENVELOPE "MAIL FROM:<>|RCPT TO:<a@x>|RCPT TO:<b@x>|RCPT TO:<c@x>|"
#define CONTENT "DATA|A: b||x|.|"

enum { RECIPIENTS = 3 };

struct recipients_row {
	const char *server;   /* packets, each up to the |; at ! the connection breaks */
	const char *sent;     /* after the EHLO, lines joined with | */
	const char *outcomes; /* of each recipient: verdict, code, and what is left to do */
	bool is_usable;
};

static const struct recipients_row recipients_rows[] = {
    {PLAIN "250 ok|250 ok|250 ok|250 ok|354 go|250 ok", ENVELOPE CONTENT,
	"delivered 2.0.0|delivered 2.0.0|delivered 2.0.0", true},
    {PIPELINING "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go|250 ok", ENVELOPE CONTENT,
	"delivered 2.0.0|delivered 2.0.0|delivered 2.0.0", true},
    /* Some refused, others taken. */
    {PLAIN "250 ok|550 5.1.1 no|250 ok|450 4.2.0 later|354 go|250 ok", ENVELOPE CONTENT,
	"failed 5.1.1|delivered 2.0.0|deferred 4.2.0", true},
    {PIPELINING "250 ok\r\n250 ok\r\n550 5.1.1 no\r\n250 ok\r\n354 go|554 5.6.0 no",
	ENVELOPE CONTENT, "failed 5.6.0|failed 5.1.1|failed 5.6.0", true},
    {PLAIN "250 ok|250 ok|550 5.1.1 no|250 ok|451 4.3.0 no", ENVELOPE "DATA|",
	"deferred 4.3.0|failed 5.1.1|deferred 4.3.0", true},
    /* All refused: no content. */
    {PLAIN "250 ok|450 no|450 no|550 5.1.1 no", ENVELOPE,
	"deferred 4.2.0|deferred 4.2.0|failed 5.1.1", true},
    {PIPELINING "250 ok\r\n450 no\r\n450 no\r\n450 no\r\n354 go|554 no", ENVELOPE "DATA|.|",
	"deferred 4.2.0|deferred 4.2.0|deferred 4.2.0", true},
    {PIPELINING "550 5.7.1 no\r\n503 no\r\n503 no\r\n503 no\r\n503 no", ENVELOPE "DATA|",
	"failed 5.7.1|failed 5.7.1|failed 5.7.1", true},
    {PLAIN "550 5.7.1 no", "MAIL FROM:<>|", "failed 5.7.1|failed 5.7.1|failed 5.7.1", true},
    /* RFC 5321 4.5.3.1.10: too many recipients. */
    {PLAIN "250 ok|250 ok|452 4.5.3 many|452 4.5.3 many|354 go|250 ok", ENVELOPE CONTENT,
	"delivered 2.0.0|deferred 4.5.3 further|deferred 4.5.3 further", true},
    {PIPELINING "250 ok\r\n250 ok\r\n452 many\r\n552 too many recipients\r\n354 go|250 ok",
	ENVELOPE CONTENT, "delivered 2.0.0|deferred 4.3.1 further|deferred 4.3.1 further", true},
    {PLAIN "250 ok|250 ok|452 4.3.1 disk|452 4.2.2 full|354 go|250 ok", ENVELOPE CONTENT,
	"delivered 2.0.0|deferred 4.3.1|deferred 4.2.2", true},
    {PLAIN "250 ok|452 4.5.3 many|550 5.1.1 no|250 ok|354 go|250 ok", ENVELOPE CONTENT,
	"deferred 4.5.3|failed 5.1.1|delivered 2.0.0", true},
    {PLAIN "250 ok|250 ok|452 4.5.3 many|452 4.5.3 many|354 go|451 4.3.0 no", ENVELOPE CONTENT,
	"deferred 4.3.0|deferred 4.5.3|deferred 4.5.3", true},
    {PLAIN "250 ok|250 ok|452 4.5.3 many|452 4.5.3 many|451 4.3.0 no", ENVELOPE "DATA|",
	"deferred 4.3.0|deferred 4.5.3|deferred 4.5.3", true},
    {PLAIN "250 ok|250 ok|452 4.5.3 many|452 4.5.3 many|354 go|!", ENVELOPE CONTENT,
	"deferred 4.4.2|deferred 4.5.3|deferred 4.5.3", false},
    /* The server goes in the middle: who was refused stays refused. */
    {PLAIN "250 ok|250 ok|550 5.1.1 no|!", ENVELOPE,
	"deferred 4.4.2 other|failed 5.1.1|deferred 4.4.2 other", false},
    {PLAIN "250 ok|250 ok|452 4.5.3 many|421 4.3.2 bye", ENVELOPE,
	"deferred 4.3.2 other|deferred 4.3.2 other|deferred 4.3.2 other", false},
    {PLAIN "250 ok|550 5.1.1 no|250 ok|250 ok|354 go|!", ENVELOPE CONTENT,
	"failed 5.1.1|deferred 4.4.2|deferred 4.4.2", false},
    {PIPELINING "250 ok\r\n250 ok\r\nrubbish", ENVELOPE "DATA|",
	"deferred 4.5.0 other|deferred 4.5.0 other|deferred 4.5.0 other", false},
};

struct group {
	struct client *client;
	enum client_step step;
	GString *head, *body, *sent;
	struct transaction_recipient recipients[RECIPIENTS];
	struct transaction transaction;
};

static void
group_start(struct group *group)
{
	static const char *const paths[RECIPIENTS] = {"a@x", "b@x", "c@x"};

	memset(group, 0, sizeof(*group));
	group->client = client_create("relay.example", CLIENT_TLS_NEVER);
	group->head = g_string_new("A: b\r\n");
	group->body = g_string_new("\r\nx\r\n");
	group->sent = g_string_new(NULL);
	for (size_t i = 0; i < RECIPIENTS; i++) {
		group->recipients[i].path = paths[i];
		group->recipients[i].transcript = g_string_new(NULL);
	}
	group->transaction.mail_from = "";
	group->transaction.head = group->head;
	group->transaction.body = group->body;
	group->transaction.recipients = group->recipients;
	group->transaction.recipient_count = RECIPIENTS;
}

static void
group_end(struct group *group)
{
	client_destroy(group->client);
	g_string_free(group->head, TRUE);
	g_string_free(group->body, TRUE);
	g_string_free(group->sent, TRUE);
	for (size_t i = 0; i < RECIPIENTS; i++)
		g_string_free(group->recipients[i].transcript, TRUE);
}

static void
group_hear(struct group *group, const char *packet)
{
	g_autofree char *text = g_strconcat(packet, "\r\n", NULL);
	GString *output = client_output(group->client);
	const char *at = text;

	if (g_str_equal(packet, "!")) {
		group->step = client_break(group->client, "4.4.2", "connection closed");
		return;
	}
	group->step = client_input(group->client, &at, text + strlen(text));
	if (group->step == CLIENT_READY) {
		g_string_truncate(output, 0);
		group->step = client_begin(group->client, &group->transaction);
	}
	while (client_has_content(group->client))
		client_produce(group->client);
	g_string_append_len(group->sent, output->str, (gssize)output->len);
	g_string_truncate(output, 0);
}

static void
group_run(struct group *group, const char *server)
{
	g_auto(GStrv) packets = g_strsplit(server, "|", -1);

	for (char **packet = packets; *packet != NULL; packet++)
		group_hear(group, *packet);
}

static char *
group_outcomes(const struct group *group)
{
	static const char *const rests[] = {[TRANSACTION_NOTHING] = "",
	    [TRANSACTION_OTHER_HOST] = " other",
	    [TRANSACTION_FURTHER] = " further"};
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < RECIPIENTS; i++)
		g_string_append_printf(out, "%s%s %s%s", i > 0 ? "|" : "",
		    verdict_word(&group->recipients[i].verdict), group->recipients[i].verdict.code,
		    rests[group->recipients[i].rest]);
	return g_string_free(out, FALSE);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(recipients_rows); i++) {
		const struct recipients_row *row = &recipients_rows[i];
		g_autofree char *expected = g_strconcat("EHLO relay.example|", row->sent, NULL);
		g_autofree char *outcomes = NULL;
		struct group group;

		group_start(&group);
		group_run(&group, row->server);
		g_string_replace(group.sent, "\r\n", "|", 0);
		assert_string_equal(group.sent->str, expected);
		assert_int_equal(group.step, CLIENT_ENDED);
		outcomes = group_outcomes(&group);
		assert_string_equal(outcomes, row->outcomes);
		assert_int_equal(client_is_usable(group.client), row->is_usable);
		group_end(&group);
	}
}

/* Without the times, joined with |. */
static char *
lines_of(const GString *transcript)
{
	g_auto(GStrv) lines = g_strsplit(transcript->str, "\n", -1);
	GString *out = g_string_new(NULL);

	for (char **line = lines; **line != '\0'; line++)
		g_string_append_printf(out, "%s|", strchr(*line, ' ') + 1);
	return g_string_free(out, FALSE);
}

/* Each has all that is common, of RCPT its own alone. */
static void
test_transcripts(void **state)
{
	static const char *const expected[RECIPIENTS] = {
	    "> MAIL FROM:<>|< 250 s|> RCPT TO:<a@x>|< 250-one|< 250 a|> DATA|< 354 go|> [11 bytes]|"
	    "< 250 ok|",
	    "> MAIL FROM:<>|< 250 s|> RCPT TO:<b@x>|< 550 5.1.1 b|> DATA|< 354 go|"
	    "= the content goes to other recipients of this transaction alone|> [11 bytes]|"
	    "< 250 ok|",
	    "> MAIL FROM:<>|< 250 s|> RCPT TO:<c@x>|< 250 c|> DATA|< 354 go|> [11 bytes]|< 250 ok|",
	};
	struct group group;

	(void)state;
	group_start(&group);
	group_run(&group, PLAIN "250 s|250-one\r\n250 a|550 5.1.1 b|250 c|354 go|250 ok");
	for (size_t i = 0; i < RECIPIENTS; i++) {
		g_autofree char *lines = lines_of(group.recipients[i].transcript);

		assert_string_equal(lines, expected[i]);
	}
	group_end(&group);
}

/* What ends the conversation is everybody's, though it came in answer to one. */
static void
test_the_end_is_in_each_transcript(void **state)
{
	static const char *const rows[][2] = {
	    {PLAIN "250 s|250 a|421 4.3.2 bye", "< 421 4.3.2 bye|"},
	    {PLAIN "250 s|250 a|what?", "< what?|= that is no SMTP reply|"},
	};

	(void)state;
	for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
		struct group group;

		group_start(&group);
		group_run(&group, rows[row][0]);
		for (size_t i = 0; i < RECIPIENTS; i++) {
			g_autofree char *lines = lines_of(group.recipients[i].transcript);

			assert_true(g_str_has_suffix(lines, rows[row][1]));
		}
		group_end(&group);
	}
}

/* Those that were too many go on with a transaction of their own. */
static void
test_further(void **state)
{
	struct group group;

	(void)state;
	group_start(&group);
	group_run(&group, PLAIN "250 ok|250 ok|250 ok|452 4.5.3 many|354 go|250 ok");
	assert_int_equal(group.recipients[2].rest, TRANSACTION_FURTHER);
	g_string_truncate(group.sent, 0);
	group.transaction.recipients = &group.recipients[2];
	group.transaction.recipient_count = 1;
	group.recipients[2].verdict.status = VERDICT_OPEN;
	assert_int_equal(client_begin(group.client, &group.transaction), CLIENT_WAITS);
	group_run(&group, "250 ok|250 ok|354 go|250 2.6.0 ok");
	assert_true(g_str_has_prefix(group.sent->str, "MAIL FROM:<>\r\nRCPT TO:<c@x>\r\n"));
	assert_string_equal(group.recipients[2].verdict.code, "2.6.0");
	assert_int_equal(group.recipients[2].rest, TRANSACTION_NOTHING);
	group_end(&group);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_transcripts),
	    cmocka_unit_test(test_the_end_is_in_each_transcript),
	    cmocka_unit_test(test_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
