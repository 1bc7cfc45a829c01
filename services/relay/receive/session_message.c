/* The message of a transaction as it comes: RFC 5321 4.1.1.4 (DATA), RFC 3030 (BDAT). */
#include <assert.h>

#include <event2/buffer.h>

#include "base/metrics.h"
#include "base/text.h"

#include "services/relay/message/submission.h"

#include "services/relay/receive/message_check.h"
#include "services/relay/receive/session_private.h"

enum { MESSAGE_PIECES_MAX = 8 }; /* runs of input looked at in one go */

const char *
session_message_obstacle(const struct session *session, enum message_place place)
{
	if (session->message == NULL)
		return "503 5.5.1 say MAIL first";
	if (session->message->recipients->len == 0)
		return "554 5.5.1 no recipient was accepted";
	if (session->is_chunked && place == MESSAGE_PLACE_DATA)
		return "503 5.5.1 this message comes by BDAT";
	return NULL;
}

void
session_message_begin(struct session *session, enum data_framing framing)
{
	const struct receive_limits *limits = &session->server->settings->limits;
	const struct data_rules rules = {
	    .message_max = limits->message_bytes,
	    .head_max = limits->header_bytes,
	    .line_max = limits->line_bytes,
	    .newlines = session_takes_bare_newlines(session) ? DATA_NEWLINES_NORMALIZE
							     : DATA_NEWLINES_REJECT,
	    .framing = framing,
	};

	data_begin(&session->data, session->message, &rules);
}

/* RFC 3848 and RFC 6531 4.3: what Received says after "with". */
static const char *
protocol_name(const struct session *session)
{
	static const char *const names[2][2][2] = {
	    {{"ESMTP", "ESMTPA"}, {"ESMTPS", "ESMTPSA"}},
	    {{"UTF8SMTP", "UTF8SMTPA"}, {"UTF8SMTPS", "UTF8SMTPSA"}},
	};

	if (!session->is_esmtp)
		return "SMTP";
	return names[session->is_smtputf8][session_is_tls(session)][session->is_authenticated];
}

/* A client that says SMTPUTF8 for plain ASCII mail must not keep it from servers without the extension. */
static bool
needs_smtputf8(const struct message *message)
{
	for (guint i = 0; i < message->recipients->len; i++) {
		const struct message_recipient *recipient = message->recipients->pdata[i];

		if (!g_str_is_ascii(recipient->address))
			return true;
	}
	return !g_str_is_ascii(message->mail_from) ||
	    !text_is_ascii(message->head->str, message->head->len);
}

static void
ask_message(struct session *session)
{
	const struct submission_trace trace = {
	    .hostname = session->server->settings->hostname,
	    .helo = session->helo,
	    .client = session->address,
	    .protocol = protocol_name(session),
	    .tls = session_is_tls(session) ? session->tls : NULL,
	};

	session->message->smtputf8 = session->is_smtputf8 && needs_smtputf8(session->message);
	session->asked_at = g_get_monotonic_time();
	session->asked_recipients = session->message->recipients->len;
	session_enter(session, SESSION_ASKED_MESSAGE);
	session->server->backend->calls->message(session->visit, session->message, &trace);
}

void
session_message_refuse(struct session *session)
{
	const struct receive_limits *limits = &session->server->settings->limits;

	session_reset_transaction(session);
	session_enter(session, SESSION_COMMAND);
	switch (session->data.fault) {
	case DATA_FINE:
		assert(!"a fine message is not refused");
		break;
	case DATA_HEAD_TOO_LARGE:
		session_reply_format(
		    session, "552 5.3.4 a header has at most %zu bytes", limits->header_bytes);
		break;
	case DATA_TOO_LARGE:
		session_reply_format(
		    session, "552 5.3.4 a message has at most %zu bytes", limits->message_bytes);
		break;
	case DATA_LINE_TOO_LONG:
		session_reply_format(
		    session, "554 5.6.0 a line has at most %zu bytes", limits->line_bytes);
		break;
	case DATA_BARE_NEWLINE:
		session_refuse(session, "554 5.5.2 lines end with CR LF, and hold neither alone");
		break;
	}
}

/* It came without a fault: is it one that we take? */
static void
check_message(struct session *session)
{
	const struct receive_limits *limits = &session->server->settings->limits;
	enum message_fault fault = message_check(session->message, limits);

	if (fault == MESSAGE_FINE) {
		ask_message(session);
		return;
	}
	session_reset_transaction(session);
	session_enter(session, SESSION_COMMAND);
	switch (fault) {
	case MESSAGE_FINE:
		assert(!"a fine message is not refused");
		break;
	case MESSAGE_LOOPS:
		session_reply_format(session,
		    "554 5.4.6 a mail loop: there are more than %u Received fields", limits->hops);
		break;
	case MESSAGE_TOO_MANY_FIELDS:
		session_reply_format(
		    session, "554 5.6.0 a message has at most %u header fields", limits->fields);
		break;
	case MESSAGE_TOO_DEEP:
		session_reply_format(session, "554 5.6.0 parts lie within parts at most %u deep",
		    limits->mime_depth);
		break;
	}
}

void
session_message_end(struct session *session)
{
	if (session->data.fault == DATA_FINE)
		check_message(session);
	else
		session_message_refuse(session);
}

/* Returns how many bytes of the input belonged to the message. */
static size_t
feed_input(struct session *session, struct evbuffer *input, uint64_t most)
{
	struct evbuffer_iovec pieces[MESSAGE_PIECES_MAX];
	int count = evbuffer_peek(input, -1, NULL, pieces, MESSAGE_PIECES_MAX);
	size_t taken = 0;

	for (int i = 0;
	     i < MIN(count, MESSAGE_PIECES_MAX) && taken < most && !data_ended(&session->data); i++)
		taken += data_feed(&session->data, pieces[i].iov_base,
		    (size_t)MIN(pieces[i].iov_len, most - taken));
	return taken;
}

size_t
session_message_feed(struct session *session, uint64_t most)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);
	size_t taken;

	if (evbuffer_get_length(input) == 0)
		return 0;
	if (!memory_gate_ask(&session->server->gate, &session->gate_pass))
		return 0;
	taken = feed_input(session, input, most);
	evbuffer_drain(input, taken);
	return taken;
}

static void
count_accepted(const struct session *session)
{
	metrics_count(METRIC_MESSAGES_ACCEPTED, 1);
	metrics_count(METRIC_RECIPIENTS_ACCEPTED, session->asked_recipients);
	metrics_count(METRIC_BYTES_ACCEPTED, session->data.size);
}

void
session_message_answered(struct session *session, int code, const char *text)
{
	metrics_time(METRIC_TIME_ACCEPT, g_get_monotonic_time() - session->asked_at);
	if (code / 100 == 2)
		count_accepted(session);
	session_reset_transaction(session);
	session_enter(session, SESSION_COMMAND);
	if (code / 100 == 2)
		session->errors = 0;
	session_reply_format(session, "%d %s", code, text);
}
