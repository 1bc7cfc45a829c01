/* Whom a transfer is for. */
#include "services/relay/deliver/transfer_private.h"

#include <stdarg.h>

#include "base/clock.h"

#include "services/relay/deliver/retry.h"
#include "services/relay/deliver/transcript.h"

void
transfer_recipients_create(
    struct transfer *transfer, const GPtrArray *deliveries, const char *where)
{
	int64_t now = clock_now();

	transfer->count = deliveries->len;
	transfer->recipients = g_new0(struct transfer_recipient, deliveries->len);
	transfer->said = g_new0(struct transaction_recipient, deliveries->len);
	for (unsigned i = 0; i < transfer->count; i++) {
		struct delivery *delivery = g_ptr_array_index(deliveries, i);
		struct attempt *attempt = attempt_create(delivery->attempts + 1);

		attempt->started_at = now;
		transcript_begin(attempt->transcript, attempt->number, now, where);
		transfer->recipients[i].delivery = delivery;
		transfer->recipients[i].attempt = attempt;
	}
}

static void
transfer_recipient_clear(struct transfer_recipient *recipient)
{
	mailbox_clear(&recipient->mailbox);
	g_free(recipient->dsn);
}

void
transfer_recipients_free(struct transfer *transfer)
{
	for (unsigned i = 0; i < transfer->count; i++)
		transfer_recipient_clear(&transfer->recipients[i]);
	g_free(transfer->recipients);
	g_free(transfer->said);
}

void
transfer_note(struct transfer *transfer, const char *format, ...)
{
	int64_t now = clock_now();
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	for (unsigned i = 0; i < transfer->count; i++)
		transcript_add_note(transfer->recipients[i].attempt->transcript, now, "%s", text);
	g_free(text);
}

void
transfer_add_opening(struct transfer *transfer)
{
	const GString *opening = client_opening(connection_client(transfer->connection));

	for (unsigned i = 0; i < transfer->count; i++)
		g_string_append_len(transfer->recipients[i].attempt->transcript, opening->str,
		    (gssize)opening->len);
}

static void
attempt_complete(const struct transfer *transfer, const struct delivery *delivery,
    struct attempt *attempt, struct verdict verdict, int64_t now)
{
	const struct deliver_settings *settings = transfer->context->settings;

	if (verdict.status == VERDICT_DEFERRED &&
	    retry_is_expired(settings, delivery->queued_at, now)) {
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
		attempt->next_attempt_at =
		    retry_next(settings, verdict.cause, delivery->queued_at, attempt->number, now);
}

struct transfer_result
transfer_recipient_end(struct transfer *transfer, unsigned index, int64_t now)
{
	struct transfer_recipient *recipient = &transfer->recipients[index];
	struct transfer_result result = {recipient->delivery, recipient->attempt};

	attempt_complete(
	    transfer, result.delivery, result.attempt, transfer->said[index].verdict, now);
	transfer_recipient_clear(recipient);
	transfer->count--;
	*recipient = transfer->recipients[transfer->count];
	transfer->said[index] = transfer->said[transfer->count];
	return result;
}
