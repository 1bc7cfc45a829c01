#include "services/relay/deliver/destination_private.h"

#include <assert.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/deliver/transcript.h"

void
destination_free(void *data)
{
	struct destination *destination = data;
	struct delivery *delivery;

	assert(destination->open == 0);
	while ((delivery = g_queue_pop_head(&destination->ready)) != NULL) {
		destination_unqueued(destination, delivery);
		delivery_free(delivery);
	}
	if (destination->is_crowding)
		g_queue_unlink(&destination->scheduler->crowd, &destination->crowd);
	if (destination->is_fresh)
		g_queue_unlink(&destination->scheduler->fresh, &destination->fresh);
	destination_stop_seeking(destination);
	if (destination->timer != NULL)
		event_free(destination->timer);
	route_unref(destination->route);
	g_free(destination->trouble);
	g_free(destination->name);
	g_free(destination);
}

struct destination *
destination_find(struct scheduler *scheduler, const char *name)
{
	struct destination *destination = g_hash_table_lookup(scheduler->destinations, name);

	if (destination != NULL)
		return destination;
	destination = g_new0(struct destination, 1);
	destination->scheduler = scheduler;
	destination->name = g_strdup(name);
	destination->crowd.data = destination;
	destination->fresh.data = destination;
	pace_start(&destination->pace, scheduler->settings);
	g_hash_table_insert(scheduler->destinations, destination->name, destination);
	return destination;
}

bool
destination_is_full(struct destination *destination, int64_t *when)
{
	if (destination->scheduler->settings->route != DELIVER_ROUTE_MX ||
	    destination->ready.length < SCHEDULER_DESTINATION_MAX)
		return false;
	*when = surplus_due(&destination->surplus, clock_now());
	return true;
}

void
destination_unqueued(struct destination *destination, const struct delivery *delivery)
{
	destination->scheduler->backlog--;
	destination->scheduler->backlog_bytes -= delivery->share;
}

void
destination_closed(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;

	destination->open--;
	scheduler->open--;
	if (scheduler->crowd.length > 0)
		event_active(scheduler->serve, EV_TIMEOUT, 0);
}

static void
destination_crowd(struct destination *destination)
{
	if (destination->is_crowding)
		return;
	destination->is_crowding = true;
	g_queue_push_tail_link(&destination->scheduler->crowd, &destination->crowd);
}

static void destination_on_ended(void *arg, const struct transfer_result *results, unsigned count,
    enum transfer_contact contact);
static void destination_on_over(void *arg, struct connection *connection);

static const struct transfer_events destination_transfer_events = {
    .ended = destination_on_ended,
    .over = destination_on_over,
};

static void
destination_start(
    struct destination *destination, struct connection *connection, struct route *route)
{
	GPtrArray *deliveries = destination_take_next(destination);
	const struct delivery *first = g_ptr_array_index(deliveries, 0);

	if (connection == NULL) {
		destination->open++;
		destination->scheduler->open++;
	}
	transfer_start(&destination->scheduler->transfers, deliveries,
	    destination->name[0] != '\0' ? destination->name : first->recipient, route, connection,
	    &destination_transfer_events, destination);
	g_ptr_array_unref(deliveries);
}

static void
destination_on_timer(evutil_socket_t socket, short what, void *arg)
{
	(void)socket;
	(void)what;
	destination_serve(arg);
}

/* To be served at that time. */
static void
destination_serve_at(struct destination *destination, int64_t when)
{
	int64_t wait = MAX(when - clock_now(), 0) + 1;
	struct timeval patience = {
	    .tv_sec = (time_t)(wait / CLOCK_SECOND), .tv_usec = (suseconds_t)(wait % CLOCK_SECOND)};

	if (destination->timer == NULL)
		destination->timer =
		    evtimer_new(destination->scheduler->base, destination_on_timer, destination);
	evtimer_add(destination->timer, &patience);
}

/* The next delivery is not tried: the transcript says why. */
static void
destination_defer_next(struct destination *destination)
{
	struct route *route = route_create();
	char time[CLOCK_ISO_SIZE];
	char *note =
	    g_strdup_printf("destination %s failed %u times%s%s, next try at %s", destination->name,
		destination->pace.failures, destination->trouble != NULL ? ", the last time: " : "",
		destination->trouble != NULL ? destination->trouble : "",
		clock_iso(destination->pace.next_try, time));

	route_fail(route, VERDICT_DEFERRED, "4.4.1", note);
	destination_start(destination, NULL, route);
	route_unref(route);
	g_free(note);
}

/* Starts the next transfer. Returns false when that must wait. */
static bool
destination_start_next(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;
	struct pace *pace = &destination->pace;
	int64_t now = clock_now();
	bool has_rested = destination_has_rested(destination);

	if (pace_is_resting(pace, now) && !has_rested) {
		destination_defer_next(destination);
		return true;
	}
	if (now < pace->next_turn) {
		destination_serve_at(destination, pace->next_turn);
		return false;
	}

	if (!content_has_room(
		&scheduler->transfers.content, g_queue_peek_head(&destination->ready))) {
		destination_crowd(destination);
		return false;
	}
	if (has_rested) {
		pace_take_turn(pace, now);
		destination_start(destination, destination_wake(destination), destination->route);
		return true;
	}
	if (!destination_has_route(destination))
		return false;
	/* One that rests and does not suit makes room. */
	if (destination->open >= pace_connections(pace) && !destination_dismiss_one(destination))
		return false;
	if (destination->open >= pace_connections(pace))
		return false;
	if (scheduler->open >= scheduler->settings->connections &&
	    !destination_make_room(scheduler)) {
		destination_crowd(destination);
		return false;
	}
	pace_take_turn(pace, now);
	destination_start(destination, NULL, destination->route);
	return true;
}

void
destination_rouse(struct destination *destination)
{
	pace_rouse(&destination->pace);
}

/* Whether an idle one stays for what is known of it. */
static bool
destination_is_remembered(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;
	int64_t until = pace_forgotten_at(&destination->pace);

	if (destination->route != NULL)
		until = MAX(until, route_forgotten_at(destination->route));
	if (scheduler->state != SCHEDULER_RUNNING || until <= clock_now() ||
	    g_hash_table_size(scheduler->destinations) > SCHEDULER_DESTINATIONS_REMEMBERED)
		return false;
	destination_serve_at(destination, until);
	return true;
}

void
destination_serve(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;

	if (destination->is_serving)
		return;
	destination->is_serving = true;
	while (scheduler->state == SCHEDULER_RUNNING && scheduler->is_up &&
	    destination->ready.length > 0 && destination_start_next(destination))
		;
	destination->is_serving = false;
	if (destination->ready.length == 0 && destination->open == 0 &&
	    !destination_seeks_route(destination) && !destination_is_remembered(destination))
		g_hash_table_remove(scheduler->destinations, destination->name);
}

/* Whether other destinations wait for a connection that this one could do without. */
static bool
destination_is_in_the_way(const struct destination *destination)
{
	unsigned others = destination->scheduler->crowd.length - (destination->is_crowding ? 1 : 0);

	return others > 0;
}

static void
destination_keep_trouble(struct destination *destination, const struct attempt *attempt)
{
	g_free(destination->trouble);
	destination->trouble = transcript_last_text(attempt->transcript);
}

/* attempt: one of those that went together. */
static void
destination_learn(
    struct destination *destination, const struct attempt *attempt, enum transfer_contact contact)
{
	struct pace *pace = &destination->pace;
	unsigned rests = pace->rests;

	if (contact == TRANSFER_SERVED)
		pace_succeeded(pace);
	else if (contact == TRANSFER_HELD_BACK)
		pace_held_back(pace, attempt->started_at, attempt->finished_at);
	else if (contact == TRANSFER_UNREACHED)
		pace_failed(pace, attempt->finished_at);
	if (contact == TRANSFER_HELD_BACK || contact == TRANSFER_UNREACHED)
		destination_keep_trouble(destination, attempt);
	if (pace->rests > rests)
		log_warning("destination-rests", "destination=\"%s\" failures=%u trouble=\"%s\"",
		    destination->name, pace->failures,
		    destination->trouble != NULL ? destination->trouble : "");
}

static void
destination_on_ended(
    void *arg, const struct transfer_result *results, unsigned count, enum transfer_contact contact)
{
	struct destination *destination = arg;

	surplus_ended(&destination->surplus, count, clock_now());
	destination_learn(destination, results[0].attempt, contact);
	for (unsigned i = 0; i < count; i++) {
		struct attempt *attempt = results[i].attempt;

		if (attempt->status == ATTEMPT_DEFERRED && contact != TRANSFER_SERVED)
			attempt->next_attempt_at =
			    MAX(attempt->next_attempt_at, destination->pace.next_try);
		scheduler_record(destination->scheduler, results[i].delivery, attempt);
	}
}

static void
destination_on_over(void *arg, struct connection *connection)
{
	struct destination *destination = arg;
	struct scheduler *scheduler = destination->scheduler;

	if (connection != NULL && scheduler->state == SCHEDULER_RUNNING &&
	    !destination_is_in_the_way(destination)) {
		destination_rest(destination, connection);
	} else {
		if (connection != NULL)
			connection_leave(connection);
		destination_closed(destination);
	}
	destination_serve(destination);
	scheduler_claim_if_behind(scheduler);
	scheduler_drain_check(scheduler);
}

void
destination_abort(
    struct transfer *transfer, void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	struct destination *destination = transfer_owner(transfer);
	GPtrArray *deliveries = transfer_abort(transfer);

	for (guint i = 0; i < deliveries->len; i++)
		take(destination->scheduler, g_ptr_array_index(deliveries, i));
	g_ptr_array_unref(deliveries);
	destination_closed(destination);
	destination_serve(destination);
}

/* To be served by destination_serve_fresh(). */
static void
destination_freshen(struct destination *destination)
{
	if (destination->is_fresh)
		return;
	destination->is_fresh = true;
	g_queue_push_tail_link(&destination->scheduler->fresh, &destination->fresh);
}

void
destination_add(struct destination *destination, struct delivery *delivery)
{
	g_queue_push_tail(&destination->ready, delivery);
	destination->scheduler->backlog++;
	destination->scheduler->backlog_bytes += delivery->share;
	destination_freshen(destination);
}

void
destination_serve_fresh(struct scheduler *scheduler)
{
	struct destination *destination;

	while ((destination = g_queue_peek_head(&scheduler->fresh)) != NULL) {
		destination->is_fresh = false;
		g_queue_unlink(&scheduler->fresh, &destination->fresh);
		destination_serve(destination);
	}
}

void
destination_uncrowd(struct destination *destination)
{
	assert(destination->is_crowding);
	destination->is_crowding = false;
	g_queue_unlink(&destination->scheduler->crowd, &destination->crowd);
}

void
destination_empty(struct destination *destination,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	struct delivery *delivery;

	while ((delivery = g_queue_pop_head(&destination->ready)) != NULL) {
		destination_unqueued(destination, delivery);
		take(destination->scheduler, delivery);
	}
}

void
destination_withdraw(struct destination *destination, destination_match *match, const void *arg,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	GList *next;

	for (GList *link = destination->ready.head; link != NULL; link = next) {
		struct delivery *delivery = link->data;

		next = link->next;
		if (!match(delivery, arg))
			continue;
		destination_freshen(destination);
		g_queue_delete_link(&destination->ready, link);
		destination_unqueued(destination, delivery);
		take(destination->scheduler, delivery);
	}
}
