#include "services/relay/deliver/client_private.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

#include "services/relay/deliver/transcript.h"

struct client *
client_create(const char *hostname, enum client_tls tls)
{
	struct client *client = g_new0(struct client, 1);

	client->state = CLIENT_STATE_GREETING;
	client->tls = tls;
	client->needs_requiretls = tls == CLIENT_TLS_PASSED_ON;
	client->hostname = hostname;
	client->output = g_string_new(NULL);
	client->line = g_string_new(NULL);
	client->opening = g_string_new(NULL);
	reply_start(&client->reply);
	return client;
}

void
client_destroy(struct client *client)
{
	if (client == NULL)
		return;
	g_string_free(client->output, TRUE);
	g_string_free(client->line, TRUE);
	g_string_free(client->opening, TRUE);
	g_free(client);
}

void
client_refuse_itself(struct client *client)
{
	client->refuses_itself = strchr(client->hostname, '.') != NULL;
}

GString *
client_output(struct client *client)
{
	return client->output;
}

GString *
client_opening(struct client *client)
{
	return client->opening;
}

struct verdict
client_verdict(const struct client *client)
{
	assert(client->verdict.status != VERDICT_OPEN);
	return client->verdict;
}

bool
client_is_past_dot(const struct client *client)
{
	return client->is_past_dot;
}

bool
client_is_usable(const struct client *client)
{
	return client->state == CLIENT_STATE_IDLE;
}

bool
client_offers_requiretls(const struct client *client)
{
	return client->is_tls && client->offer.requiretls;
}

unsigned
client_transactions(const struct client *client)
{
	return client->transactions;
}

unsigned
client_reply_class(const struct client *client)
{
	return client->reply.code / 100;
}

struct verdict
client_read_verdict(const struct client *client)
{
	const struct reply *reply = &client->reply;
	struct verdict verdict = verdict_from_reply(reply->code, reply->enhanced);
	size_t length;
	const char *text = reply_text(reply, &length);

	if (verdict.status == VERDICT_DEFERRED)
		verdict.cause = verdict_cause_from_reply(reply->code, verdict.code, text, length);
	return verdict;
}

void
client_send_line_for(struct client *client, const struct transaction_recipient *recipient)
{
	transcript_add_sent(recipient->transcript, clock_now(), client->line->str);
	g_string_append_len(client->output, client->line->str, (gssize)client->line->len);
	g_string_append(client->output, "\r\n");
}

void
client_send_line(struct client *client)
{
	struct transaction *transaction = client->transaction;
	int64_t now = clock_now();

	if (transaction == NULL)
		transcript_add_sent(client->opening, now, client->line->str);
	for (unsigned i = 0; transaction != NULL && i < transaction->recipient_count; i++)
		transcript_add_sent(transaction->recipients[i].transcript, now, client->line->str);
	g_string_append_len(client->output, client->line->str, (gssize)client->line->len);
	g_string_append(client->output, "\r\n");
}

void
client_send(struct client *client, const char *command)
{
	g_string_assign(client->line, command);
	client_send_line(client);
}

/* A line of a reply that concerns each recipient. */
static void
client_log_reply_line(struct client *client)
{
	struct transaction *transaction = client->transaction;
	int64_t now = clock_now();

	if (transaction == NULL) {
		transcript_add_reply_line(client->opening, now, &client->reply);
		return;
	}
	for (unsigned i = 0; i < transaction->recipient_count; i++)
		transcript_add_reply_line(
		    transaction->recipients[i].transcript, now, &client->reply);
}

/* A reply to RCPT is its recipient's alone, unless it ends the conversation. */
static bool
client_is_reply_to_one(const struct client *client, enum reply_progress progress)
{
	return client->state == CLIENT_STATE_RCPT && client->reply.code != 421 &&
	    (progress == REPLY_LINE || progress == REPLY_COMPLETE);
}

static void
client_log_reply_line_for(struct client *client, const struct transaction_recipient *recipient)
{
	transcript_add_reply_line(recipient->transcript, clock_now(), &client->reply);
}

enum client_step
client_break(struct client *client, const char *code, const char *note)
{
	struct transaction *transaction = client->transaction;
	const char *where = "";
	int64_t now = clock_now();

	if (client->reply.line_bytes > 0 && !client->reply.line_ended)
		client_log_reply_line(client);
	if (client->state == CLIENT_STATE_CONTENT)
		where = " within the content";
	client->transaction = NULL;
	client->state = CLIENT_STATE_OVER;
	if (transaction == NULL) {
		transcript_add_note(client->opening, now, "%s", note);
		client->verdict = verdict_make(VERDICT_DEFERRED, code);
		return CLIENT_FAILED;
	}
	for (unsigned i = 0; i < transaction->recipient_count; i++)
		transcript_add_note(
		    transaction->recipients[i].transcript, now, "%s%s", note, where);
	client_leave(client, transaction, verdict_make(VERDICT_DEFERRED, code));
	return CLIENT_ENDED;
}

static enum client_step
client_on_reply(struct client *client)
{
	enum client_step step;

	switch (client->state) {
	case CLIENT_STATE_GREETING:
	case CLIENT_STATE_EHLO:
	case CLIENT_STATE_HELO:
	case CLIENT_STATE_STARTTLS:
		step = client_on_opening_reply(client);
		break;
	case CLIENT_STATE_RSET:
	case CLIENT_STATE_MAIL:
	case CLIENT_STATE_RCPT:
	case CLIENT_STATE_DATA:
	case CLIENT_STATE_CONTENT:
	case CLIENT_STATE_DOT:
		step = client_on_mail_reply(client);
		break;
	default: /* a server that speaks unasked is about to close (421) or out of step */
		step = client_break(client, "4.5.0", "the server spoke unasked");
		break;
	}
	reply_start(&client->reply);
	return step;
}

enum client_step
client_input(struct client *client, const char **data, const char *end)
{
	enum client_step step = CLIENT_WAITS;

	while (*data < end && step == CLIENT_WAITS) {
		enum reply_progress progress = reply_read(&client->reply, data, end);

		if (progress == REPLY_NEEDS_MORE)
			break;
		if (client_is_reply_to_one(client, progress))
			client_log_reply_line_for(
			    client, &client->transaction->recipients[client->recipient]);
		else
			client_log_reply_line(client);
		if (progress == REPLY_MALFORMED)
			return client_break(client, "4.5.0", "that is no SMTP reply");
		if (progress == REPLY_ENDLESS)
			return client_break(client, "4.5.0", "the reply does not end");
		if (client->state == CLIENT_STATE_EHLO)
			client_read_offer(client);
		client->is_ahead = *data < end;
		if (progress == REPLY_COMPLETE)
			step = client_on_reply(client);
	}
	if (*data == end)
		return step;
	/* It goes on without being asked: what it says next must not count as a reply to what comes
	 * next. */
	if (step == CLIENT_ENDED)
		client->state = CLIENT_STATE_OVER;
	else if (step == CLIENT_READY || step == CLIENT_START_TLS)
		step = client_break(client, "4.5.0", "the server spoke unasked");
	return step;
}

void
client_quit(struct client *client)
{
	assert(client_is_usable(client));
	client->state = CLIENT_STATE_OVER;
	g_string_append(client->output, "QUIT\r\n");
}
