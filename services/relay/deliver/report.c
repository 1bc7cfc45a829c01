#include "services/relay/deliver/report.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "db/account.h"
#include "db/return_path_setup.h"
#include "services/relay/message/dsn.h"
#include "services/relay/message/from_check.h"
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
	    .to = delivery->message->mail_from,
	    .delivery_id = delivery->delivery_id,
	    .recipient = delivery->recipient,
	    .original_recipient = delivery->original_recipient,
	    .returned_max = settings->report_bytes};
}

/* To the message's sender, or to `to`. */
static struct message *
report_of_attempt(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct attempt *attempt, enum dsn_addressee addressee, const char *to)
{
	static const enum dsn_action actions[] = {[ATTEMPT_DELIVERED] = DSN_RELAYED,
	    [ATTEMPT_DEFERRED] = DSN_DELAYED,
	    [ATTEMPT_FAILED] = DSN_FAILED};
	struct attempt_words words;
	struct dsn dsn = dsn_of(settings, delivery);
	struct message *report;

	attempt_words_read(attempt, &words);
	dsn.addressee = addressee;
	dsn.to = to;
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
report_create(const struct deliver_settings *settings, const struct delivery *delivery,
    const struct attempt *attempt)
{
	if (!has_sender(settings, delivery) || !is_wanted(settings, delivery, attempt))
		return NULL;
	return report_of_attempt(
	    settings, delivery, attempt, DSN_TO_SENDER, delivery->message->mail_from);
}

/* Its From; g_free; NULL: there is none. */
static char *
author_of(const struct delivery *delivery)
{
	return delivery->composition != NULL ? g_strdup(delivery->composition->from_email)
					     : from_address(delivery->message->head);
}

static bool
is_told(const GPtrArray *reports, const char *address)
{
	for (guint i = 0; i < reports->len; i++) {
		const struct message *report = g_ptr_array_index(reports, i);
		const struct message_recipient *to = g_ptr_array_index(report->recipients, 0);

		if (g_ascii_strcasecmp(to->address, address) == 0)
			return true;
	}
	return false;
}

void
report_add_notices(const struct deliver_settings *settings, const struct db_worker *worker,
    const struct delivery *delivery, const struct attempt *attempt, GPtrArray *reports)
{
	const char *manager;
	unsigned wanted = account_failure_notices(worker, delivery->account_id, &manager);
	g_autofree char *author = NULL;

	if (wanted == 0 || attempt->status != ATTEMPT_FAILED || delivery->message == NULL ||
	    delivery->message->mail_from[0] == '\0')
		return;
	if (wanted & ACCOUNT_NOTICES_MANAGER && manager[0] != '\0' && !is_told(reports, manager))
		g_ptr_array_add(reports,
		    report_of_attempt(settings, delivery, attempt, DSN_TO_MANAGER, manager));
	if (wanted & ACCOUNT_NOTICES_FROM)
		author = author_of(delivery);
	if (author != NULL && !is_told(reports, author))
		g_ptr_array_add(
		    reports, report_of_attempt(settings, delivery, attempt, DSN_TO_AUTHOR, author));
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
