/* What goes over a connection that is ready: the content is prepared, the transaction made, its end judged. */
#include "services/relay/deliver/transfer_private.h"

#include <assert.h>

#include "base/log.h"
#include "base/text.h"

#include "services/relay/deliver/dsn_parameters.h"

/* Many clients ask for SMTPUTF8 without a need; RFC 6531 3.4 asks for it when there is one. */
static bool
transfer_needs_smtputf8(const struct transfer *transfer)
{
	const struct message *message = transfer->recipients[0].delivery->message;
	const GString *head = content_head(transfer->content);

	for (unsigned i = 0; i < transfer->count; i++)
		if (transfer->recipients[i].mailbox.is_utf8)
			return true;
	return transfer->sender.is_utf8 ||
	    (message != NULL && message->smtputf8 && !text_is_ascii(head->str, head->len));
}

/* Anew for each host: the parameters are the same, but for what needs SMTPUTF8. */
static void
transfer_set_recipient(struct transfer *transfer, unsigned index)
{
	struct transfer_recipient *recipient = &transfer->recipients[index];
	struct transaction_recipient *said = &transfer->said[index];

	g_free(recipient->dsn);
	recipient->dsn = dsn_rcpt_parameters(
	    recipient->delivery, transfer->sender_kind, transfer->transaction.needs_smtputf8);
	said->path = recipient->mailbox.path;
	said->transcript = recipient->attempt->transcript;
	said->dsn = recipient->dsn;
	said->verdict.status = VERDICT_OPEN;
}

static void
transfer_begin(struct transfer *transfer)
{
	struct transaction *transaction = &transfer->transaction;

	g_free(transfer->dsn);
	transfer->dsn =
	    dsn_mail_parameters(transfer->recipients[0].delivery->message, transfer->sender_kind);
	transaction->dsn = transfer->dsn;
	transaction->head = content_head(transfer->content);
	transaction->body = content_body(transfer->content);
	transaction->mail_from = transfer->sender.path != NULL ? transfer->sender.path : "";
	transaction->needs_smtputf8 = transfer_needs_smtputf8(transfer);
	transaction->requires_tls = transfer_asks_tls(transfer) == MESSAGE_TLS_REQUIRED;
	transaction->recipients = transfer->said;
	transaction->recipient_count = transfer->count;
	for (unsigned i = 0; i < transfer->count; i++)
		transfer_set_recipient(transfer, i);
	connection_begin(transfer->connection, transaction);
}

/* RFC 8461 5: with mode testing a failure is told, and no more. */
static void
transfer_tell_tested(struct transfer *transfer)
{
	if (!transfer->security.is_tested || connection_is_verified(transfer->connection))
		return;
	transfer_note(transfer, "MTA-STS testing: with mode enforce this host would not be used");
	log_warning("mta-sts-testing", "domain=\"%s\" host=\"%s\" failure=\"not verified\"",
	    transfer->recipients[0].mailbox.domain, transfer_host(transfer)->where);
}

void
transfer_on_ready(void *arg)
{
	struct transfer *transfer = arg;
	struct client *client = connection_client(transfer->connection);
	struct error error;

	transfer_add_opening(transfer);
	if (!transfer->is_reused)
		transfer_tell_tested(transfer);
	route_host_answered(transfer_host(transfer));
	if (transfer->is_reused)
		transfer_note(
		    transfer, "connection reused, %u messages before", client_transactions(client));
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
	transfer_note(transfer, "connection closed while the message was being signed");
	connection_leave(transfer->connection);
	transfer->connection = NULL;
	transfer->is_reused = false;
	transfer->verdict = verdict_make(VERDICT_DEFERRED, "4.4.2");
}

/* What is left to be done after the transaction. */
static enum transaction_rest
transfer_rest(struct transfer *transfer)
{
	enum transaction_rest rest = TRANSACTION_NOTHING;

	for (unsigned i = 0; i < transfer->count; i++) {
		if (transfer->is_outliving && transfer->said[i].rest == TRANSACTION_FURTHER)
			transfer->said[i].rest = TRANSACTION_NOTHING;
		if (transfer->said[i].rest != TRANSACTION_NOTHING)
			rest = transfer->said[i].rest;
	}
	return rest;
}

/* RFC 5321 4.5.3.1.10: for those that were too many for the last one. */
static void
transfer_begin_further(struct transfer *transfer)
{
	transfer_note(
	    transfer, "the server takes no more recipients at once: another transaction follows");
	transfer->contact = TRANSFER_CONTACT_NONE;
	transfer->verdict = transfer->said[0].verdict;
	if (connection_is_usable(transfer->connection)) {
		transfer->is_reused = true;
		transfer_begin(transfer);
		return;
	}
	connection_leave(transfer->connection);
	transfer->connection = NULL;
	transfer->is_reused = false;
	transfer_try_host(transfer, transfer->host);
}

/* The server went before the end. */
static void
transfer_ask_again(struct transfer *transfer)
{
	struct verdict verdict = transfer->said[0].verdict;

	if (!transfer->is_reused || transfer->transaction.is_answered) {
		transfer_note_contact(transfer, TRANSFER_HELD_BACK);
		transfer_drop_host(transfer, verdict);
		return;
	}
	/* It was closed while it rested: no failure of the host. */
	connection_close(transfer->connection);
	transfer->connection = NULL;
	transfer->is_reused = false;
	transfer->verdict = verdict;
	transfer_try_host(transfer, transfer->host);
}

static void
transfer_on_ended(void *arg)
{
	struct transfer *transfer = arg;
	enum transaction_rest rest = transfer_rest(transfer);

	if (!transfer_end_decided(transfer, TRANSFER_SERVED))
		return;
	if (rest == TRANSACTION_FURTHER)
		transfer_begin_further(transfer);
	else
		transfer_ask_again(transfer);
}

const struct connection_events transfer_connection_events = {
    .ready = transfer_on_ready,
    .ended = transfer_on_ended,
    .rested = transfer_on_rested,
    .failed = transfer_on_failed,
};
