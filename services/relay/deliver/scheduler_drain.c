/* The clean stop. */
#include <assert.h>

#include <event2/event.h>

#include "base/log.h"

#include "services/relay/deliver/destination.h"

static bool
scheduler_is_empty(const struct scheduler *scheduler)
{
	return scheduler->transfers.running.length == 0 && !scheduler->is_claiming &&
	    (scheduler->recording == 0 || !scheduler->is_up);
}

static void
scheduler_finish_drain(struct scheduler *scheduler)
{
	if (scheduler->state != SCHEDULER_DRAINING)
		return;
	scheduler->state = SCHEDULER_DRAINED;
	evtimer_del(scheduler->drain_timer);
	scheduler->drained(scheduler->drained_arg);
}

/* Nothing waits for ever: who has not replied by now is given up. */
static void
scheduler_end_transfers(struct scheduler *scheduler)
{
	GList *next;

	for (GList *link = scheduler->transfers.running.head; link != NULL; link = next) {
		struct transfer *transfer = link->data;

		next = link->next;
		if (transfer_is_past_dot(transfer))
			transfer_give_up(transfer,
			    "the relay stops, and cannot wait for the reply to the content");
		else
			destination_abort(transfer, scheduler_give_back);
	}
}

static void
scheduler_on_drain_timer(evutil_socket_t socket, short what, void *arg)
{
	static const struct timeval last = {SCHEDULER_RECORD_SECONDS, 0}, at_once = {0, 0};
	struct scheduler *scheduler = arg;

	(void)socket;
	(void)what;
	if (scheduler_is_empty(scheduler) || scheduler->transfers.running.length == 0) {
		if (scheduler->recording > 0)
			log_warning("drain-incomplete",
			    "records=%u text=\"the database did not take them\"",
			    scheduler->recording);
		scheduler_finish_drain(scheduler);
		return;
	}
	scheduler_end_transfers(scheduler);
	evtimer_add(scheduler->drain_timer, scheduler_is_empty(scheduler) ? &at_once : &last);
}

void
scheduler_drain_check(struct scheduler *scheduler)
{
	static const struct timeval at_once = {0, 0};

	if (scheduler->state == SCHEDULER_DRAINING && scheduler_is_empty(scheduler))
		evtimer_add(scheduler->drain_timer, &at_once);
}

void
scheduler_drain(struct scheduler *scheduler, unsigned seconds, void (*done)(void *arg), void *arg)
{
	struct timeval patience = {.tv_sec = (time_t)seconds};

	assert(scheduler->state == SCHEDULER_RUNNING);
	scheduler->state = SCHEDULER_DRAINING;
	scheduler->drained = done;
	scheduler->drained_arg = arg;
	scheduler->drain_timer = evtimer_new(scheduler->base, scheduler_on_drain_timer, scheduler);
	evtimer_add(scheduler->drain_timer, &patience);
	scheduler_empty(scheduler, scheduler_give_back);
	destination_dismiss_resting(scheduler);
	scheduler_drain_check(scheduler);
}
