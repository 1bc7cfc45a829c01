/* What comes from the database and goes back to it. */
#include <event2/event.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "services/relay/message/dsn.h"

#include "services/relay/deliver/attempt_log.h"
#include "services/relay/deliver/destination.h"
#include "services/relay/deliver/report.h"
#include "services/relay/deliver/scheduler_private.h"

static void
scheduler_on_due(evutil_socket_t socket, short what, void *arg)
{
	struct scheduler *scheduler = arg;

	(void)socket;
	(void)what;
	scheduler->due_at = INT64_MAX;
	scheduler_due_at(scheduler, clock_now() + SCHEDULER_POLL_SECONDS * CLOCK_SECOND);
	scheduler_claim(scheduler);
}

void
scheduler_claim_create(struct scheduler *scheduler)
{
	scheduler->due = evtimer_new(scheduler->base, scheduler_on_due, scheduler);
	scheduler->due_at = INT64_MAX;
	scheduler_due_at(scheduler, clock_now() + SCHEDULER_POLL_SECONDS * CLOCK_SECOND);
}

void
scheduler_claim_destroy(struct scheduler *scheduler)
{
	event_free(scheduler->due);
}

/* Asks the queue at that time at the latest. */
void
scheduler_due_at(struct scheduler *scheduler, int64_t when)
{
	int64_t wait = MAX(when - clock_now(), 0);
	struct timeval patience = {
	    .tv_sec = (time_t)(wait / CLOCK_SECOND), .tv_usec = (suseconds_t)(wait % CLOCK_SECOND)};

	if (when >= scheduler->due_at)
		return;
	scheduler->due_at = when;
	evtimer_add(scheduler->due, &patience);
}

/* Back to the queue, due at once. */
void
scheduler_give_back(struct scheduler *scheduler, struct delivery *delivery)
{
	queue_release(scheduler->worker, delivery, clock_now());
}

static void
scheduler_on_next_due(void *arg, int64_t when)
{
	if (when >= 0)
		scheduler_due_at(arg, when);
}

/* What was read from the database counts in the budget like what came by SMTP. */
static void
scheduler_count_bytes(struct scheduler *scheduler, struct message *message)
{
	if (message == NULL || message->budget != NULL)
		return;
	message->budget = scheduler->transfers.content.budget;
	message->budgeted = message_size(message);
	memory_budget_take(message->budget, message->budgeted);
}

static void
scheduler_take_claimed(struct scheduler *scheduler, struct delivery *delivery)
{
	scheduler_count_bytes(scheduler, delivery->message);
	if (g_hash_table_contains(scheduler->outliving, &delivery->delivery_id))
		delivery_free(delivery); /* its reply is still awaited, and will be recorded */
	else
		scheduler_take(scheduler, delivery);
}

static void
scheduler_on_claimed(void *arg, GPtrArray *deliveries, bool more)
{
	struct scheduler *scheduler = arg;

	scheduler->is_claiming = false;
	if (deliveries == NULL) {
		scheduler_drain_check(scheduler);
		return;
	}
	for (guint i = 0; i < deliveries->len; i++)
		scheduler_take_claimed(scheduler, g_ptr_array_index(deliveries, i));
	destination_serve_fresh(scheduler);
	g_ptr_array_unref(deliveries);
	if (more)
		scheduler->is_behind = true;
	else
		queue_next_due(scheduler->worker, scheduler_on_next_due, scheduler);
	scheduler_claim_if_behind(scheduler);
	scheduler_drain_check(scheduler);
}

size_t
scheduler_backlog_bytes(const struct scheduler *scheduler)
{
	size_t limit = scheduler->transfers.content.budget->limit;

	return scheduler->settings->route == DELIVER_ROUTE_SMARTHOST
	    ? limit / SCHEDULER_SMARTHOST_PART
	    : limit;
}

size_t
scheduler_claim_bytes(const struct scheduler *scheduler)
{
	const struct memory_budget *budget = scheduler->transfers.content.budget;
	size_t ours = budget->limit / 2; /* the rest is for who sends to us */
	size_t waiting = scheduler_backlog_bytes(scheduler);

	if (scheduler->backlog_bytes >= waiting)
		return 0;
	if (budget->used < ours)
		return MIN(MIN(ours - budget->used, waiting - scheduler->backlog_bytes),
		    SCHEDULER_CLAIM_BYTES);
	/* Who sends slowly may hold all of it for long: what is due still goes, little by little. */
	return scheduler->backlog == 0 && scheduler->transfers.running.length == 0
	    ? SCHEDULER_CLAIM_BYTES_LEAST
	    : 0;
}

/* Takes what is due, as far as there is room; if not now, then when there is. */
void
scheduler_claim(struct scheduler *scheduler)
{
	size_t bytes = scheduler_claim_bytes(scheduler);

	if (!scheduler->is_up || scheduler->state != SCHEDULER_RUNNING)
		return;
	scheduler->is_behind = true;
	if (scheduler->is_claiming || bytes == 0 || scheduler->backlog >= SCHEDULER_BACKLOG_CLAIM)
		return;
	scheduler->is_behind = false;
	scheduler->is_claiming = true;
	queue_claim(scheduler->worker,
	    MIN(SCHEDULER_BACKLOG_MAX - scheduler->backlog, SCHEDULER_CLAIM_ROWS), bytes,
	    scheduler_on_claimed, scheduler);
}

void
scheduler_claim_if_behind(struct scheduler *scheduler)
{
	if (scheduler->is_behind && !scheduler->is_claiming)
		scheduler_claim(scheduler);
}

static void
scheduler_on_recorded(void *arg)
{
	struct scheduler *scheduler = arg;

	scheduler->recording--;
	scheduler_drain_check(scheduler);
}

static void
count_attempt(const struct delivery *delivery, const struct attempt *attempt)
{
	metrics_count((enum metric)((int)METRIC_ATTEMPTS_DELIVERED + (int)attempt->status), 1);
	metrics_time(METRIC_TIME_ATTEMPT, attempt->finished_at - attempt->started_at);
	if (attempt->status == ATTEMPT_DELIVERED)
		metrics_time(METRIC_TIME_DELIVERY, attempt->finished_at - delivery->queued_at);
}

void
scheduler_record(struct scheduler *scheduler, struct delivery *delivery, struct attempt *attempt)
{
	struct message *report;

	count_attempt(delivery, attempt);
	if (scheduler->settings->logs_attempts)
		attempt_log(delivery, attempt);
	if (g_hash_table_size(scheduler->outliving) > 0)
		g_hash_table_remove(scheduler->outliving, &delivery->delivery_id);
	if (attempt->status == ATTEMPT_DEFERRED)
		scheduler_due_at(scheduler, attempt->next_attempt_at);
	report = report_create(scheduler->settings, delivery, attempt);
	if (report != NULL)
		g_ptr_array_add(attempt->reports, report);
	report_add_notices(
	    scheduler->settings, scheduler->worker, delivery, attempt, attempt->reports);
	/* What becomes of a report is no bounce of the account's mail. */
	if (delivery->message != NULL && dsn_is_report(delivery->message))
		attempt->bounce = ATTEMPT_BOUNCE_NONE;
	scheduler->recording++;
	queue_record(scheduler->worker, delivery, attempt, scheduler_on_recorded, scheduler);
}
