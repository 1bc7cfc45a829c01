/*
 * A report to a sender, whatever the server said, the ORCPT and the message hold: the reader of others' reports
 * finds in it what it is about. Input: a byte, a transcript, 0xff, an ORCPT, 0xff, the message's header.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "services/relay/deliver/attempt_words.h"
#include "services/relay/message/bounce_report.h"
#include "services/relay/message/dsn.h"
#include "services/relay/receive/dsn_parse.h"

enum { RETURNED_MAX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What comes before the next 0xff, as text. */
static char *
take(const char **at, const char *end)
{
	const char *stop = memchr(*at, 0xff, (size_t)(end - *at));
	char *text = g_strndup(*at, (size_t)((stop != NULL ? stop : end) - *at));

	*at = stop != NULL ? stop + 1 : end;
	return text;
}

static void
check(const struct dsn *dsn, const struct message *report)
{
	static const enum bounce_kind kinds[] = {[DSN_FAILED] = BOUNCE_PERMANENT,
	    [DSN_DELAYED] = BOUNCE_DELAYED,
	    [DSN_RELAYED] = BOUNCE_NONE};
	struct bounce_report read;

	bounce_report_read(report->head, report->body, &read);
	if (read.kind != kinds[dsn->action] || !g_str_equal(read.recipient, dsn->recipient))
		abort();
	if (dsn->action == DSN_FAILED && !g_str_equal(read.status, dsn->status))
		abort();
	bounce_report_clear(&read);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data + 1, *end = (const char *)data + size;
	struct attempt attempt = {.smtp_code = 550, .result = (char[]){"failed 5.1.1"}};
	struct attempt_words words;
	struct message *message, *report;
	char *transcript, *original;
	struct dsn dsn;

	if (size == 0)
		return 0;
	message = message_create();
	message->mail_from = g_strdup("shop@example.org");
	message->dsn_return = (enum dsn_return)(data[0] >> 4 & 1);
	transcript = take(&at, end);
	original = take(&at, end);
	g_string_append_len(message->head, at, end - at);
	/* A transcript is UTF-8: transcript.h. */
	attempt.transcript = g_string_new(NULL);
	g_string_assign(
	    attempt.transcript, g_utf8_validate(transcript, -1, NULL) ? transcript : "");
	attempt_words_read(&attempt, &words);
	dsn = (struct dsn){.action = (enum dsn_action)(data[0] % 3),
	    .hostname = "relay.example.net",
	    .message = message,
	    .addressee = (enum dsn_addressee)(data[0] / 3 % 3),
	    .to = message->mail_from,
	    .recipient = "ann@example.net",
	    .original_recipient =
		dsn_parse_original((struct span){original, strlen(original)}, true) ? original
										    : NULL,
	    .status = "5.1.1",
	    .remote = words.remote,
	    .reply = words.reply,
	    .reason = words.note,
	    .returned_max = RETURNED_MAX};
	report = dsn_create(&dsn);
	check(&dsn, report);
	message_unref(report);
	message_unref(message);
	attempt_words_clear(&words);
	g_string_free(attempt.transcript, TRUE);
	g_free(transcript);
	g_free(original);
	return 0;
}
