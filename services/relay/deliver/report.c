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
	static const uint8_t no_key[RETURN_PATH_KEY_SIZE];
	struct return_path path;

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
		return notify & DSN_NOTIFY_FAILURE ||
		    (notify == 0 && settings->failure_reports == DELIVER_REPORTS_ALWAYS);
	}
	return false;
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
	dsn = (struct dsn){.action = actions[attempt->status],
	    .hostname = settings->hostname,
	    .message = delivery->message,
	    .delivery_id = delivery->delivery_id,
	    .recipient = delivery->recipient,
	    .original_recipient = delivery->original_recipient,
	    .status = attempt_code(attempt),
	    .remote = words.remote,
	    .reply = words.reply,
	    .reason = words.note,
	    .when = attempt->finished_at,
	    .retry_until = retry_end_of_life(settings, delivery->queued_at),
	    .returned_max = settings->report_bytes};
	report = dsn_create(&dsn);
	attempt_words_clear(&words);
	return report;
}
