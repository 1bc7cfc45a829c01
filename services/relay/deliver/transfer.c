#include "services/relay/deliver/transfer.h"

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/deliver/content.h"
#include "services/relay/deliver/dsn_parameters.h"
#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/retry.h"
#include "services/relay/deliver/sender.h"
#include "services/relay/deliver/transcript.h"

struct transfer {
	struct transfer_context *context;
	GList link; /* in context->running */
	transfer_done *done;
	void *arg;
	struct delivery *delivery;
	struct attempt *attempt;
	struct mailbox sender; /* path NULL: the null sender */
	struct mailbox mailbox;
	struct transaction_recipient recipient;
	enum sender_kind sender_kind;
	char *mail_dsn, *rcpt_dsn; /* what a server that offers DSN is asked */
	struct transaction transaction;
	struct content *content;
	bool is_preparing; /* the content, when a host was found ready for it */
	struct route *route;
	guint host; /* in route->hosts: tried now */
	struct security security;
	struct connection *connection;
	bool is_reused; /* the connection had transactions before */
	enum transfer_contact contact;
	struct verdict verdict; /* of the hosts that were no use; open: none was tried */
};

static void transfer_on_ready(void *arg);
static void transfer_on_ended(void *arg);
static void transfer_on_rested(void *arg);
static void transfer_on_failed(void *arg, enum connection_failure failure, struct verdict verdict);

static const struct connection_events transfer_connection_events = {
    .ready = transfer_on_ready,
    .ended = transfer_on_ended,
    .rested = transfer_on_rested,
    .failed = transfer_on_failed,
};

static GString *
transfer_transcript(struct transfer *transfer)
{
	return transfer->attempt->transcript;
}

static void
transfer_free(struct transfer *transfer)
{
	g_queue_unlink(&transfer->context->running, &transfer->link);
	content_destroy(transfer->content);
	mailbox_clear(&transfer->sender);
	mailbox_clear(&transfer->mailbox);
	g_free(transfer->mail_dsn);
	g_free(transfer->rcpt_dsn);
	route_unref(transfer->route);
	g_free(transfer);
}

static void
transfer_finish_attempt(struct transfer *transfer, struct verdict verdict)
{
	const struct deliver_settings *settings = transfer->context->settings;
	struct attempt *attempt = transfer->attempt;
	int64_t now = clock_now();

	if (verdict.status == VERDICT_DEFERRED &&
	    retry_is_expired(settings, transfer->delivery->queued_at, now)) {
		transcript_add_note(attempt->transcript, now,
		    "delivery time expired: tried for %u s", settings->lifetime_seconds);
		verdict.status = VERDICT_FAILED;
		g_strlcpy(verdict.code, "4.4.7", sizeof(verdict.code));
		verdict.bounce = ATTEMPT_BOUNCE_PASSING;
	}
	transcript_end(attempt->transcript, &verdict);
	attempt->status = verdict_attempt_status(&verdict);
	attempt->finished_at = now;
	attempt->result = verdict_result(&verdict);
	attempt->bounce = verdict.bounce;
	attempt->smtp_code = verdict.reply_code;
	attempt->is_success_reported =
	    transfer->transaction.is_dsn_offered && transfer->sender_kind == SENDER_KEPT;
	if (verdict.status == VERDICT_DEFERRED)
		attempt->next_attempt_at = retry_next(
		    settings, verdict.cause, transfer->delivery->queued_at, attempt->number, now);
	log_write(verdict.status == VERDICT_DELIVERED ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
	    "attempt-ended",
	    "delivery=%" G_GINT64_FORMAT " account=%" G_GINT64_FORMAT " attempt=%d result=\"%s\"",
	    transfer->delivery->delivery_id, transfer->delivery->account_id, attempt->number,
	    attempt->result);
}

static void
transfer_finish(struct transfer *transfer, struct verdict verdict)
{
	struct connection *connection = transfer->connection;
	struct delivery *delivery = transfer->delivery;
	struct attempt *attempt = transfer->attempt;
	enum transfer_contact contact = transfer->contact;
	transfer_done *done = transfer->done;
	void *arg = transfer->arg;

	transfer_finish_attempt(transfer, verdict);
	if (connection != NULL && !connection_is_usable(connection)) {
		connection_leave(connection);
		connection = NULL;
	}
	transfer_free(transfer);
	done(arg, delivery, attempt, connection, contact);
}

/* Ends it before any host was talked to. */
static void
transfer_finish_unsent(
    struct transfer *transfer, enum verdict_status status, const char *code, const char *note)
{
	transcript_add_note(transfer_transcript(transfer), clock_now(), "%s", note);
	transfer_finish(transfer, verdict_make(status, code));
}

static void
transfer_connect(struct transfer *transfer)
{
	transfer->connection = connection_open(transfer->context->connections,
	    g_ptr_array_index(transfer->route->hosts, transfer->host), &transfer->security,
	    &transfer_connection_events, transfer);
}

/* Connects to the host of that number, which exists. */
static void
transfer_open_host(struct transfer *transfer, guint index)
{
	transfer->host = index;
	transfer->security = security_for_host(transfer->context->settings,
	    transfer->mailbox.domain, g_ptr_array_index(transfer->route->hosts, index));
	transfer_connect(transfer);
}

static struct route_host *
transfer_host(const struct transfer *transfer, guint index)
{
	return g_ptr_array_index(transfer->route->hosts, index);
}

/* The first host from index on that is worth a try; past the last: none. */
static guint
transfer_pass_over(struct transfer *transfer, guint index)
{
	const struct route *route = transfer->route;
	int64_t now = clock_now();

	for (; index < route->hosts->len; index++) {
		const struct route_host *host = transfer_host(transfer, index);

		if (!route_passes_over(route, host, now))
			break;
		transcript_add_note(transfer_transcript(transfer), now,
		    "%s passed over: it failed %u times", host->where, host->failures);
	}
	return index;
}

/* One that the head of the transcript does not name. */
static void
transfer_open_further_host(struct transfer *transfer, guint index)
{
	transcript_add_note(transfer_transcript(transfer), clock_now(), "trying %s",
	    transfer_host(transfer, index)->where);
	transfer_open_host(transfer, index);
}

static void
transfer_try_host(struct transfer *transfer, guint index)
{
	index = transfer_pass_over(transfer, index);
	if (index >= transfer->route->hosts->len) {
		transfer_finish(transfer, transfer->verdict);
		return;
	}
	transfer_open_further_host(transfer, index);
}

/* RFC 5321 4.2.1, 5.1: refused for good by one host, the message may still be taken by another; it
 * has failed when each one said so. */
static void
transfer_drop_host(struct transfer *transfer, struct verdict verdict)
{
	connection_leave(transfer->connection);
	transfer->connection = NULL;
	if (transfer->verdict.status != VERDICT_DEFERRED || verdict.status == VERDICT_DEFERRED)
		transfer->verdict = verdict;
	transfer_try_host(transfer, transfer->host + 1);
}

static void
transfer_note_contact(struct transfer *transfer, enum transfer_contact contact)
{
	transfer->contact = MAX(transfer->contact, contact);
}

static void
transfer_on_failed(void *arg, enum connection_failure failure, struct verdict verdict)
{
	struct transfer *transfer = arg;
	GString *opening;

	if (transfer->is_preparing) {
		transfer_on_rested(transfer);
		return;
	}
	opening = client_opening(connection_client(transfer->connection));
	g_string_append_len(transfer_transcript(transfer), opening->str, (gssize)opening->len);
	if (failure != CONNECTION_TLS_FAILED || transfer->security.tls == CLIENT_TLS_REQUIRED) {
		if (failure == CONNECTION_FAILED)
			route_host_failed(transfer_host(transfer, transfer->host), clock_now());
		transfer_note_contact(transfer,
		    failure == CONNECTION_FAILED             ? TRANSFER_UNREACHED
			: verdict.status == VERDICT_DEFERRED ? TRANSFER_HELD_BACK
							     : TRANSFER_SERVED);
		transfer_drop_host(transfer, verdict);
		return;
	}
	/* RFC 7435: rather in the clear than not at all. */
	connection_close(transfer->connection);
	transcript_add_note(transfer_transcript(transfer), clock_now(), "trying again without TLS");
	transfer->security.tls = CLIENT_TLS_NEVER;
	transfer_connect(transfer);
}

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
	transfer->recipient.transcript = transfer_transcript(transfer);
	transfer->recipient.verdict.status = VERDICT_OPEN;
	/* Many clients ask for SMTPUTF8 without a need; RFC 6531 3.4 asks for it when there is one. */
	transaction->needs_smtputf8 = transfer->sender.is_utf8 || transfer->mailbox.is_utf8 ||
	    (message != NULL && message->smtputf8 && !transaction_is_ascii(transaction->head));
	transfer_set_dsn(transfer);
	connection_begin(transfer->connection, transaction);
}

static void
transfer_on_ready(void *arg)
{
	struct transfer *transfer = arg;
	struct client *client = connection_client(transfer->connection);
	GString *opening = client_opening(client);
	struct error error;

	g_string_append_len(transfer_transcript(transfer), opening->str, (gssize)opening->len);
	route_host_answered(transfer_host(transfer, transfer->host));
	if (transfer->is_reused)
		transcript_add_note(transfer_transcript(transfer), clock_now(),
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

static void
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
static void
transfer_on_rested(void *arg)
{
	struct transfer *transfer = arg;

	assert(transfer->is_preparing);
	transcript_add_note(transfer_transcript(transfer), clock_now(),
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

/* The addresses; false: one is none, and the transfer has ended. */
static bool
transfer_address(struct transfer *transfer)
{
	const struct delivery *delivery = transfer->delivery;
	const struct transfer_context *context = transfer->context;
	g_autofree char *from = sender_create(
	    delivery, context->worker, context->settings->bounce_domain, &transfer->sender_kind);
	struct error error;

	if (!mailbox_parse(delivery->recipient, &transfer->mailbox, &error)) {
		error_prefix(&error, "recipient");
		transfer_finish_unsent(transfer, VERDICT_FAILED, "5.1.3", error.text);
		return false;
	}
	if (from[0] != '\0' && !mailbox_parse(from, &transfer->sender, &error)) {
		error_prefix(&error, "sender");
		transfer_finish_unsent(transfer, VERDICT_FAILED, "5.1.7", error.text);
		return false;
	}
	return true;
}

/* The first attempt to be made over a new connection. */
static void
transfer_start_new(struct transfer *transfer)
{
	const struct route *route = transfer->route;
	guint first;

	for (guint i = 0; i < route->notes->len; i++)
		transcript_add_note(transfer_transcript(transfer), clock_now(), "%s",
		    (const char *)g_ptr_array_index(route->notes, i));
	if (route->failure.status != VERDICT_OPEN) {
		transfer_finish(transfer, route->failure);
		return;
	}
	first = transfer_pass_over(transfer, 0);
	if (first == 0)
		transfer_open_host(transfer, first);
	else
		transfer_open_further_host(transfer, first);
}

/* Where in the route a connection goes: to try again there if need be. */
static guint
transfer_find_host(const struct transfer *transfer)
{
	const char *where = connection_where(transfer->connection);

	for (guint i = 0; i < transfer->route->hosts->len; i++) {
		const struct route_host *host = g_ptr_array_index(transfer->route->hosts, i);

		if (g_str_equal(host->where, where))
			return i;
	}
	return 0;
}

static const char *
transfer_where(const struct transfer *transfer, const char *domain)
{
	if (transfer->connection != NULL)
		return connection_where(transfer->connection);
	if (transfer->route->hosts->len > 0)
		return ((struct route_host *)g_ptr_array_index(transfer->route->hosts, 0))->where;
	return domain;
}

void
transfer_start(struct transfer_context *context, struct delivery *delivery, const char *domain,
    struct route *route, struct connection *connection, transfer_done *done, void *arg)
{
	struct transfer *transfer = g_new0(struct transfer, 1);

	transfer->context = context;
	transfer->link.data = transfer;
	g_queue_push_tail_link(&context->running, &transfer->link);
	transfer->done = done;
	transfer->arg = arg;
	transfer->delivery = delivery;
	transfer->content =
	    content_create(&context->content, delivery, transfer_on_content, transfer);
	transfer->route = route_ref(route);
	transfer->connection = connection;
	transfer->is_reused = connection != NULL;
	transfer->attempt = attempt_create(delivery->attempts + 1);
	transfer->attempt->started_at = clock_now();
	transcript_begin(transfer_transcript(transfer), transfer->attempt->number,
	    transfer->attempt->started_at, transfer_where(transfer, domain));
	if (!transfer_address(transfer))
		return;
	if (connection == NULL) {
		transfer_start_new(transfer);
		return;
	}
	transfer->host = transfer_find_host(transfer);
	connection_set_owner(connection, &transfer_connection_events, transfer);
	transfer_on_ready(transfer);
}

bool
transfer_is_past_dot(const struct transfer *transfer)
{
	return transfer->connection != NULL && connection_is_past_dot(transfer->connection);
}

struct delivery *
transfer_abort(struct transfer *transfer)
{
	struct delivery *delivery = transfer->delivery;

	if (transfer->connection != NULL)
		connection_close(transfer->connection);
	attempt_free(transfer->attempt);
	transfer_free(transfer);
	return delivery;
}

void
transfer_give_up(struct transfer *transfer, const char *note)
{
	if (transfer->connection != NULL)
		connection_close(transfer->connection);
	transfer->connection = NULL;
	transfer_finish_unsent(transfer, VERDICT_DEFERRED, "4.4.2", note);
}

void *
transfer_owner(const struct transfer *transfer)
{
	return transfer->arg;
}

int64_t
transfer_delivery_id(const struct transfer *transfer)
{
	return transfer->delivery->delivery_id;
}
