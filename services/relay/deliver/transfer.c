#include "services/relay/deliver/transfer_private.h"

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/deliver/retry.h"
#include "services/relay/deliver/transcript.h"

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

void
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
void
transfer_finish_unsent(
    struct transfer *transfer, enum verdict_status status, const char *code, const char *note)
{
	transcript_add_note(transfer->attempt->transcript, clock_now(), "%s", note);
	transfer_finish(transfer, verdict_make(status, code));
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
	transcript_begin(transfer->attempt->transcript, transfer->attempt->number,
	    transfer->attempt->started_at, transfer_where(transfer, domain));
	if (!transfer_address(transfer))
		return;
	if (connection == NULL) {
		transfer_open_first(transfer);
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
