/* What goes over a connection that is ready: the content is prepared, the transaction made, its end judged. */
#include "services/relay/deliver/transfer_private.h"

#include <assert.h>

#include "base/clock.h"

#include "services/relay/deliver/dsn_parameters.h"
#include "services/relay/deliver/transcript.h"

/* Anew for each host: the parameters are the same, but for what needs SMTPUTF8. */
static void
transfer_set_dsn(struct transfer *transfer)
{
	const struct delivery *delivery = transfer->delivery;

	g_free(transfer->mail_dsn);
	g_free(transfer->rcpt_dsn);
	transfer->mail_dsn = dsn_mail_parameters(delivery->message, transfer->sender_kind);
	transfer->rcpt_dsn = dsn_rcpt_parameters(
	    delivery, transfer->sender_kind, transfer->transaction.needs_smtputf8);
	transfer->transaction.dsn = transfer->mail_dsn;
	transfer->recipient.dsn = transfer->rcpt_dsn;
}

static void
transfer_begin(struct transfer *transfer)
{
	const struct message *message = transfer->delivery->message;
	struct transaction *transaction = &transfer->transaction;

	transaction->head = content_head(transfer->content);
	transaction->body = content_body(transfer->content);
	transaction->mail_from = transfer->sender.path != NULL ? transfer->sender.path : "";
	transaction->recipients = &transfer->recipient;
	transaction->recipient_count = 1;
	transfer->recipient.path = transfer->mailbox.path;
	transfer->recipient.transcript = transfer->attempt->transcript;
	transfer->recipient.verdict.status = VERDICT_OPEN;
	/* Many clients ask for SMTPUTF8 without a need; RFC 6531 3.4 asks for it when there is one. */
	transaction->needs_smtputf8 = transfer->sender.is_utf8 || transfer->mailbox.is_utf8 ||
	    (message != NULL && message->smtputf8 && !transaction_is_ascii(transaction->head));
	transfer_set_dsn(transfer);
	connection_begin(transfer->connection, transaction);
}

void
transfer_on_ready(void *arg)
{
	struct transfer *transfer = arg;
	struct client *client = connection_client(transfer->connection);
	GString *opening = client_opening(client);
	struct error error;

	g_string_append_len(transfer->attempt->transcript, opening->str, (gssize)opening->len);
	route_host_answered(transfer_host(transfer));
	if (transfer->is_reused)
		transcript_add_note(transfer->attempt->transcript, clock_now(),
		    "connection reused, %u messages before", client_transactions(client));
	switch (content_prepare(transfer->content, &error)) {
	case CONTENT_READY:
		transfer_begin(transfer);
		break;
	case CONTENT_WAITS:
		transfer->is_preparing = true;
		break;
	case CONTENT_REFUSED:
		transfer_finish_unsent(transfer, VERDICT_FAILED, "5.6.0", error.text);
		break;
	}
}

void
transfer_on_content(void *arg, enum content_outcome outcome)
{
	struct transfer *transfer = arg;

	transfer->is_preparing = false;
	if (outcome == CONTENT_UNAVAILABLE)
		transfer_finish_unsent(transfer, VERDICT_DEFERRED, "4.3.0",
		    "the keys that sign it cannot be read just now");
	else if (transfer->connection == NULL)
		transfer_try_host(transfer, transfer->host);
	else
		transfer_begin(transfer);
}

/* The connection ended while the message was being signed: another one will be made. */
void
transfer_on_rested(void *arg)
{
	struct transfer *transfer = arg;

	assert(transfer->is_preparing);
	transcript_add_note(transfer->attempt->transcript, clock_now(),
	    "connection closed while the message was being signed");
	connection_leave(transfer->connection);
	transfer->connection = NULL;
	transfer->is_reused = false;
	transfer->verdict = verdict_make(VERDICT_DEFERRED, "4.4.2");
}

static void
transfer_on_ended(void *arg)
{
	struct transfer *transfer = arg;

	if (!transfer->transaction.is_for_another_host) {
		transfer_note_contact(transfer, TRANSFER_SERVED);
		transfer_finish(transfer, transfer->recipient.verdict);
		return;
	}
	if (!transfer->is_reused || transfer->transaction.is_answered) {
		transfer_note_contact(transfer, TRANSFER_HELD_BACK);
		transfer_drop_host(transfer, transfer->recipient.verdict);
		return;
	}
	/* It was closed while it rested: no failure of the host. */
	connection_close(transfer->connection);
	transfer->connection = NULL;
	transfer->is_reused = false;
	transfer->verdict = transfer->recipient.verdict;
	transfer_try_host(transfer, transfer->host);
}

const struct connection_events transfer_connection_events = {
    .ready = transfer_on_ready,
    .ended = transfer_on_ended,
    .rested = transfer_on_rested,
    .failed = transfer_on_failed,
};
