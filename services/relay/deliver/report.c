#include "services/relay/deliver/report.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "services/relay/message/dsn.h"
#include "services/relay/message/return_path.h"

#include "services/relay/deliver/attempt_words.h"
#include "services/relay/deliver/retry.h"

/* One of ours, whether the key is known or not: what comes to it is read as a bounce. */
static bool
is_return_path(const struct deliver_settings *settings, const char *address)
{
	static const uint8_t no_key[DELIVERY_TOKEN_KEY_SIZE];
	struct delivery_token path;

	return return_path_read(address, no_key, settings->bounce_domain, &path) !=
	    RETURN_PATH_FOREIGN;
}

static bool
has_sender(const struct deliver_settings *settings, const struct delivery *delivery)
{
	const struct message *message = delivery->message;

	return message != NULL && delivery->composition == NULL && message->mail_from[0] != '\0' &&
	    !is_return_path(settings, message->mail_from);
}

static bool
is_late(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct attempt *attempt)
{
	return attempt->finished_at >=
	    delivery->queued_at + settings->delay_report_seconds * CLOCK_SECOND;
}

static bool
is_failure_wanted(const struct deliver_settings *settings, unsigned notify)
{
	return notify & DSN_NOTIFY_FAILURE ||
	    (notify == 0 && settings->failure_reports == DELIVER_REPORTS_ALWAYS);
}

static bool
is_wanted(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct attempt *attempt)
{
	unsigned notify = delivery->notify;

	switch (attempt->status) {
	case ATTEMPT_DELIVERED:
		return notify & DSN_NOTIFY_SUCCESS && !attempt->is_success_reported;
	case ATTEMPT_DEFERRED:
		return notify & DSN_NOTIFY_DELAY && !(notify & DSN_NOTIFY_TOLD) &&
		    is_late(settings, delivery, attempt);
	case ATTEMPT_FAILED:
		return is_failure_wanted(settings, notify);
	}
	return false;
}

static struct dsn
dsn_of(const struct deliver_settings *settings, const struct delivery *delivery)
{
	return (struct dsn){.hostname = settings->hostname,
	    .message = delivery->message,
	    .delivery_id = delivery->delivery_id,
	    .recipient = delivery->recipient,
	    .original_recipient = delivery->original_recipient,
	    .returned_max = settings->report_bytes};
}

struct message *
report_create(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct attempt *attempt)
{
	static const enum dsn_action actions[] = {[ATTEMPT_DELIVERED] = DSN_RELAYED,
	    [ATTEMPT_DEFERRED] = DSN_DELAYED,
	    [ATTEMPT_FAILED] = DSN_FAILED};
	struct attempt_words words;
	struct message *report;
	struct dsn dsn;

	if (!has_sender(settings, delivery) || !is_wanted(settings, delivery, attempt))
		return NULL;
	attempt_words_read(attempt, &words);
	dsn = dsn_of(settings, delivery);
	dsn.action = actions[attempt->status];
	dsn.status = attempt_code(attempt);
	dsn.remote = words.remote;
	dsn.reply = words.reply;
	dsn.reason = words.note;
	dsn.when = attempt->finished_at;
	dsn.retry_until = retry_end_of_life(settings, delivery->queued_at);
	report = dsn_create(&dsn);
	attempt_words_clear(&words);
	return report;
}

struct message *
report_create_late(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct bounce_report *bounce)
{
	struct dsn dsn;

	if ((bounce->kind != BOUNCE_PERMANENT && bounce->kind != BOUNCE_TRANSIENT) ||
	    !has_sender(settings, delivery) || !is_failure_wanted(settings, delivery->notify))
		return NULL;
	dsn = dsn_of(settings, delivery);
	dsn.action = DSN_FAILED;
	dsn.status = bounce->status[0] != '\0' ? bounce->status
	    : bounce->kind == BOUNCE_TRANSIENT ? "4.0.0"
					       : "5.0.0";
	if (bounce->smtp_code != 0)
		dsn.reply = bounce->text;
	else if (bounce->text[0] != '\0')
		dsn.reason = bounce->text;
	dsn.when = clock_now();
	return dsn_create(&dsn);
}
