/* Transactions: MAIL, RCPT, DATA, the content. */
#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/text.h"

#include "services/relay/deliver/bounce.h"
#include "services/relay/deliver/client_private.h"
#include "services/relay/deliver/transcript.h"

static size_t
client_content_size(const struct client *client)
{
	return client->transaction->head->len + client->transaction->body->len;
}

/* Gives those without a verdict this one. */
static void
client_judge(struct client *client, struct verdict verdict)
{
	for (unsigned i = 0; i < client->transaction->recipient_count; i++)
		if (client->transaction->recipients[i].verdict.status == VERDICT_OPEN)
			client->transaction->recipients[i].verdict = verdict;
}

void
client_leave(const struct client *client, struct transaction *transaction, struct verdict verdict)
{
	for (unsigned i = 0; i < transaction->recipient_count; i++) {
		struct transaction_recipient *recipient = &transaction->recipients[i];

		if (recipient->verdict.status != VERDICT_OPEN &&
		    recipient->rest != TRANSACTION_FURTHER)
			continue;
		if (recipient->verdict.status == VERDICT_OPEN || !client->is_past_dot)
			recipient->verdict = verdict;
		recipient->rest =
		    client->is_past_dot ? TRANSACTION_NOTHING : TRANSACTION_OTHER_HOST;
	}
}

/* The content was taken for nobody: a further transaction would fare no better. */
static void
client_drop_further(struct client *client)
{
	for (unsigned i = 0; i < client->transaction->recipient_count; i++)
		client->transaction->recipients[i].rest = TRANSACTION_NOTHING;
}

/* What the reply that was read says, when it answers something at that stage. */
static struct verdict
client_reply_verdict(const struct client *client, enum bounce_stage stage)
{
	struct verdict verdict = client_read_verdict(client);

	if (verdict.status == VERDICT_FAILED &&
	    bounce_is_definitive(stage, client->reply.code, client->reply.enhanced))
		verdict.bounce = ATTEMPT_BOUNCE_DEFINITIVE;
	return verdict;
}

/* Of several recipients a reply to the content singles out none. */
static struct verdict
client_content_verdict(const struct client *client)
{
	return client_reply_verdict(client,
	    client->transaction->recipient_count == 1 ? BOUNCE_AT_CONTENT : BOUNCE_AT_SENDER);
}

static enum client_step
client_end(struct client *client, enum client_state state)
{
	client->state = state;
	client->transaction = NULL;
	client->transactions++;
	return CLIENT_ENDED;
}

/* The transaction fails before a word was said. */
static enum client_step
client_decline(struct client *client, const char *code, const char *note)
{
	for (unsigned i = 0; i < client->transaction->recipient_count; i++)
		transcript_add_note(
		    client->transaction->recipients[i].transcript, clock_now(), "%s", note);
	client_judge(client, verdict_make(VERDICT_FAILED, code));
	client->transaction = NULL;
	return CLIENT_ENDED;
}

/* RFC 3461 5.2: asked of a server that offers it, and of no other. */
static void
client_append_dsn(struct client *client, const char *parameters)
{
	if (client->offer.dsn && parameters != NULL)
		g_string_append(client->line, parameters);
}

static void
client_send_mail(struct client *client)
{
	const struct transaction *transaction = client->transaction;

	g_string_printf(client->line, "MAIL FROM:<%s>", transaction->mail_from);
	if (client->offer.size)
		g_string_append_printf(client->line, " SIZE=%zu", client_content_size(client));
	if (client->offer.eight_bit_mime &&
	    !(text_is_ascii(transaction->head->str, transaction->head->len) &&
		text_is_ascii(transaction->body->str, transaction->body->len)))
		g_string_append(client->line, " BODY=8BITMIME");
	if (transaction->needs_smtputf8)
		g_string_append(client->line, " SMTPUTF8");
	if (transaction->requires_tls)
		g_string_append(client->line, " REQUIRETLS");
	client_append_dsn(client, transaction->dsn);
	client_send_line(client);
}

static void
client_send_rcpt(struct client *client, unsigned index)
{
	const struct transaction_recipient *recipient = &client->transaction->recipients[index];

	g_string_printf(client->line, "RCPT TO:<%s>", recipient->path);
	client_append_dsn(client, recipient->dsn);
	client_send_line_for(client, recipient);
}

/* RFC 2920 3.1: DATA ends a group of commands. */
static void
client_send_group(struct client *client)
{
	client_send_mail(client);
	for (unsigned i = 0; i < client->transaction->recipient_count; i++)
		client_send_rcpt(client, i);
	client_send(client, "DATA");
}

enum client_step
client_begin(struct client *client, struct transaction *transaction)
{
	bool needs_rset = client->needs_rset;

	assert(client_is_usable(client) && transaction->recipient_count > 0);
	assert(!transaction->requires_tls || client_offers_requiretls(client));
	client->transaction = transaction;
	client->recipient = 0;
	client->accepted = 0;
	client->is_past_dot = false;
	for (unsigned i = 0; i < transaction->recipient_count; i++)
		transaction->recipients[i].rest = TRANSACTION_NOTHING;
	transaction->is_answered = false;
	transaction->is_dsn_offered = client->offer.dsn;
	if (transaction->needs_smtputf8 && !client->offer.smtputf8)
		return client_decline(client, "5.6.7", "the server does not offer SMTPUTF8");
	if (client->offer.size_limit > 0 && client_content_size(client) > client->offer.size_limit)
		return client_decline(
		    client, "5.3.4", "the message is larger than the server's SIZE allows");
	client->needs_rset = false;
	client->state = needs_rset ? CLIENT_STATE_RSET : CLIENT_STATE_MAIL;
	if (needs_rset)
		client_send(client, "RSET");
	if (client->offer.pipelining)
		client_send_group(client);
	else if (!needs_rset)
		client_send_mail(client);
	return CLIENT_WAITS;
}

bool
client_has_content(const struct client *client)
{
	return client->state == CLIENT_STATE_CONTENT;
}

void
client_produce(struct client *client)
{
	struct transaction *transaction = client->transaction;

	assert(client_has_content(client));
	if (!dot_stuffing_write(&client->stuffing, client->output, CLIENT_PIECE))
		return;
	client->state = CLIENT_STATE_DOT;
	client->is_past_dot = true;
	for (unsigned i = 0; i < transaction->recipient_count; i++)
		transcript_add_content(transaction->recipients[i].transcript, clock_now(),
		    client_content_size(client));
}

static enum client_step
client_on_rset(struct client *client)
{
	if (client_reply_class(client) != 2)
		return client_break(client, "4.5.0", "the server does not take RSET");
	client->state = CLIENT_STATE_MAIL;
	if (!client->offer.pipelining)
		client_send_mail(client);
	return CLIENT_WAITS;
}

static enum client_step
client_on_mail(struct client *client)
{
	client->transaction->is_answered = true;
	if (client_reply_class(client) != 2) {
		client_judge(client, client_reply_verdict(client, BOUNCE_AT_SENDER));
		if (!client->offer.pipelining)
			return client_end(client, CLIENT_STATE_IDLE);
	}
	client->state = CLIENT_STATE_RCPT;
	if (!client->offer.pipelining)
		client_send_rcpt(client, 0);
	return CLIENT_WAITS;
}

static struct verdict
client_rcpt_verdict(const struct client *client)
{
	struct verdict verdict;

	if (client->reply.code != 552)
		return client_reply_verdict(client, BOUNCE_AT_RECIPIENT);
	/* RFC 5321 4.5.3.1.10: 552 to RCPT is to be taken as 452. */
	verdict = verdict_from_reply(452, client->reply.enhanced);
	verdict.code[0] = '4';
	if (g_str_equal(verdict.code, "4.2.2"))
		verdict.cause = VERDICT_CAUSE_MAILBOX_FULL;
	return verdict;
}

/* RFC 5321 4.5.3.1.10: too many recipients, rather than something about this one. */
static bool
client_has_enough(const struct client *client)
{
	const struct reply *reply = &client->reply;
	size_t length;
	const char *text = reply_text(reply, &length);

	return verdict_is_too_many(reply->code, reply->enhanced, text, length);
}

static enum client_step
client_on_rcpt(struct client *client)
{
	struct transaction_recipient *recipient =
	    &client->transaction->recipients[client->recipient++];

	if (client_reply_class(client) == 2) {
		client->accepted++;
	} else if (recipient->verdict.status == VERDICT_OPEN) {
		recipient->verdict = client_rcpt_verdict(client);
		if (client->accepted > 0 && client_has_enough(client))
			recipient->rest = TRANSACTION_FURTHER;
	}
	if (client->recipient < client->transaction->recipient_count) {
		if (!client->offer.pipelining)
			client_send_rcpt(client, client->recipient);
		return CLIENT_WAITS;
	}
	client->state = CLIENT_STATE_DATA;
	if (client->offer.pipelining)
		return CLIENT_WAITS;
	if (client->accepted == 0) {
		client->needs_rset = true;
		return client_end(client, CLIENT_STATE_IDLE);
	}
	client_send(client, "DATA");
	return CLIENT_WAITS;
}

/* Whether anyone is left to send the content for. */
static bool
client_has_takers(const struct client *client)
{
	for (unsigned i = 0; i < client->transaction->recipient_count; i++)
		if (client->transaction->recipients[i].verdict.status == VERDICT_OPEN)
			return true;
	return false;
}

/* Each transcript holds the whole conversation, also of those that were refused. */
static void
client_note_others(struct client *client)
{
	int64_t now = clock_now();

	for (unsigned i = 0; i < client->transaction->recipient_count; i++) {
		const struct transaction_recipient *recipient = &client->transaction->recipients[i];

		if (recipient->verdict.status != VERDICT_OPEN)
			transcript_add_note(recipient->transcript, now,
			    "the content goes to other recipients of this transaction alone");
	}
}

static enum client_step
client_on_data(struct client *client)
{
	if (client->reply.code != 354) {
		if (client_reply_class(client) < 4)
			return client_break(client, "4.5.0", "that is no reply to DATA");
		client_judge(client, client_content_verdict(client));
		client_drop_further(client);
		client->needs_rset = true;
		return client_end(client, CLIENT_STATE_IDLE);
	}
	/* What it says next must not pass for the reply to what it has not got yet. */
	if (client->is_ahead)
		return client_break(
		    client, "4.5.0", "the server replied before it had the content");
	if (!client_has_takers(client)) {
		/* RFC 2920 3.1: DATA went with refused commands and was taken: nothing but a dot. */
		client->state = CLIENT_STATE_DOT;
		client_send(client, ".");
		return CLIENT_WAITS;
	}
	client_note_others(client);
	client->state = CLIENT_STATE_CONTENT;
	dot_stuffing_start(&client->stuffing, client->transaction->head, client->transaction->body);
	client_produce(client);
	return CLIENT_WAITS;
}

/* A server that answers before it has the whole content gives up; it may not even read the rest. */
static enum client_step
client_on_content(struct client *client)
{
	if (client_reply_class(client) < 4)
		return client_break(client, "4.5.0", "the server replied within the content");
	client_judge(client, client_content_verdict(client));
	client_drop_further(client);
	return client_end(client, CLIENT_STATE_OVER);
}

static enum client_step
client_on_dot(struct client *client)
{
	if (client_reply_class(client) == 3)
		return client_break(client, "4.5.0", "that is no reply to the content");
	client_judge(client, client_content_verdict(client));
	if (client_reply_class(client) != 2)
		client_drop_further(client);
	return client_end(client, CLIENT_STATE_IDLE);
}

/* RFC 5321 3.8: with 421 the server closes. */
static enum client_step
client_on_closing(struct client *client)
{
	client_leave(client, client->transaction, client_read_verdict(client));
	return client_end(client, CLIENT_STATE_OVER);
}

enum client_step
client_on_mail_reply(struct client *client)
{
	if (client->reply.code == 421)
		return client_on_closing(client);
	switch (client->state) {
	case CLIENT_STATE_RSET:
		return client_on_rset(client);
	case CLIENT_STATE_MAIL:
		return client_on_mail(client);
	case CLIENT_STATE_RCPT:
		return client_on_rcpt(client);
	case CLIENT_STATE_DATA:
		return client_on_data(client);
	case CLIENT_STATE_CONTENT:
		return client_on_content(client);
	default:
		assert(client->state == CLIENT_STATE_DOT);
		return client_on_dot(client);
	}
}
