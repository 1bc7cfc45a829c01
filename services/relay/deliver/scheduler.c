#include "services/relay/deliver/scheduler_private.h"

#include <event2/event.h>

#include "base/log.h"

#include "services/relay/deliver/destination.h"
#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/mta_sts.h"
#include "services/relay/deliver/suppressed.h"

/* Connections fell in number, or memory was given back: those that waited for that go on, each once, as it may have to wait again. */
static void
scheduler_on_serve(evutil_socket_t socket, short what, void *arg)
{
	struct scheduler *scheduler = arg;

	(void)socket;
	(void)what;
	for (guint turns = scheduler->crowd.length; turns > 0 && destination_make_room(scheduler);
	     turns--) {
		struct destination *destination = g_queue_peek_head(&scheduler->crowd);

		if (destination == NULL) /* it rested, and went to make room */
			break;
		destination_uncrowd(destination);
		destination_serve(destination);
	}
}

static bool
scheduler_read_route(struct scheduler *scheduler, struct error *error)
{
	const struct deliver_settings *settings = scheduler->settings;

	if (settings->route == DELIVER_ROUTE_SMARTHOST &&
	    !route_endpoint_parse(
		settings->smarthost, settings->port, &scheduler->smarthost, error))
		return error_prefix(error, "smarthost");
	if (settings->route == DELIVER_ROUTE_SMARTHOST && scheduler->smarthost.is_literal)
		return true;
	scheduler->resolver =
	    resolver_create(scheduler->base, settings->resolver, settings->trust_anchor, error);
	return scheduler->resolver != NULL;
}

/* Where TLS is off, a policy could but hold mail up. */
static bool
scheduler_create_mta_sts(struct scheduler *scheduler, struct error *error)
{
	const struct deliver_settings *settings = scheduler->settings;

	if (!settings->mta_sts || settings->route != DELIVER_ROUTE_MX ||
	    settings->tls == DELIVER_TLS_OFF)
		return true;
	scheduler->mta_sts = mta_sts_create(
	    scheduler->base, scheduler->worker, scheduler->resolver, settings, error);
	return scheduler->mta_sts != NULL;
}

static bool
scheduler_create_parts(struct scheduler *scheduler, struct error *error)
{
	struct transfer_context *transfers = &scheduler->transfers;

	transfers->connections = connection_set_create(scheduler->base, scheduler->settings, error);
	if (transfers->connections == NULL)
		return false;
	transfers->content.signer = dkim_signer_create(scheduler->base, scheduler->worker, error);
	return transfers->content.signer != NULL && scheduler_read_route(scheduler, error) &&
	    scheduler_create_mta_sts(scheduler, error);
}

/* For the crowd: content that was composed is gone. */
static void
scheduler_on_room(void *arg)
{
	const struct scheduler *scheduler = arg;

	event_active(scheduler->serve, EV_TIMEOUT, 0);
}

struct scheduler *
scheduler_create(struct event_base *base, struct db_worker *worker,
    const struct deliver_settings *settings, struct memory_budget *budget, struct error *error)
{
	struct scheduler *scheduler = g_new0(struct scheduler, 1);

	scheduler->base = base;
	scheduler->worker = worker;
	scheduler->settings = settings;
	scheduler->is_up = db_worker_is_up(worker);
	scheduler->transfers.settings = settings;
	scheduler->transfers.worker = worker;
	scheduler->transfers.content.hostname = settings->hostname;
	scheduler->transfers.content.budget = budget;
	scheduler->transfers.content.composed.limit = budget->limit / SCHEDULER_COMPOSED_PART;
	scheduler->transfers.content.composed.relieved = scheduler_on_room;
	scheduler->transfers.content.composed.relieved_arg = scheduler;
	scheduler->transfers.content.worker = worker;
	scheduler->transfers.content.unsubscribe_base = settings->unsubscribe_base;
	scheduler->transfers.content.bounce_domain = settings->bounce_domain;
	g_queue_init(&scheduler->transfers.running);
	g_queue_init(&scheduler->crowd);
	g_queue_init(&scheduler->fresh);
	g_queue_init(&scheduler->resting);
	scheduler->destinations =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, destination_free);
	scheduler->outliving = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	scheduler->serve = event_new(base, -1, 0, scheduler_on_serve, scheduler);
	scheduler_claim_create(scheduler);
	if (!scheduler_create_parts(scheduler, error)) {
		scheduler_destroy(scheduler);
		return NULL;
	}
	return scheduler;
}

static void
scheduler_forget(struct scheduler *scheduler, struct delivery *delivery)
{
	(void)scheduler;
	delivery_free(delivery);
}

void
scheduler_destroy(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	scheduler->state = SCHEDULER_DRAINED;
	scheduler->is_up = false;
	while (scheduler->transfers.running.head != NULL)
		destination_abort(scheduler->transfers.running.head->data, scheduler_forget);
	destination_dismiss_resting(scheduler);
	g_hash_table_destroy(scheduler->destinations);
	connection_set_destroy(scheduler->transfers.connections);
	dkim_signer_destroy(scheduler->transfers.content.signer);
	mta_sts_destroy(scheduler->mta_sts);
	resolver_destroy(scheduler->resolver);
	route_endpoint_clear(&scheduler->smarthost);
	scheduler_claim_destroy(scheduler);
	g_hash_table_destroy(scheduler->outliving);
	event_free(scheduler->serve);
	if (scheduler->drain_timer != NULL)
		event_free(scheduler->drain_timer);
	g_free(scheduler);
}

static struct destination *
scheduler_find_destination(struct scheduler *scheduler, const struct delivery *delivery)
{
	struct destination *destination;
	struct mailbox mailbox;
	struct error error;

	if (scheduler->settings->route == DELIVER_ROUTE_SMARTHOST)
		return destination_find(scheduler, scheduler->settings->smarthost);
	if (!mailbox_parse(delivery->recipient, &mailbox, &error))
		return destination_find(scheduler, "");
	destination = destination_find(scheduler, mailbox.domain);
	mailbox_clear(&mailbox);
	return destination;
}

static void
scheduler_route(struct scheduler *scheduler, struct delivery *delivery)
{
	struct destination *destination;
	int64_t when;

	if (delivery->suppression != NULL) {
		scheduler_record(scheduler, delivery, suppressed_attempt(delivery));
		return;
	}
	destination = scheduler_find_destination(scheduler, delivery);
	if (destination_is_full(destination, &when))
		queue_release(scheduler->worker, delivery, when);
	else
		destination_add(destination, delivery);
}

void
scheduler_take(struct scheduler *scheduler, struct delivery *delivery)
{
	if (scheduler->state != SCHEDULER_RUNNING)
		scheduler_give_back(scheduler, delivery);
	else if (!scheduler->is_up)
		delivery_free(delivery);
	else
		scheduler_route(scheduler, delivery);
}

void
scheduler_add_message(struct scheduler *scheduler, struct message *message)
{
	for (guint i = 0; i < message->recipients->len; i++)
		scheduler_take(scheduler, delivery_create(message, i));
	destination_serve_fresh(scheduler);
}

bool
scheduler_has_room(const struct scheduler *scheduler)
{
	const struct memory_budget *budget = scheduler->transfers.content.budget;

	return scheduler->state == SCHEDULER_RUNNING && scheduler->is_up &&
	    scheduler->backlog < SCHEDULER_BACKLOG_ACCEPT &&
	    scheduler->backlog_bytes < scheduler_backlog_bytes(scheduler) / 4 * 3 &&
	    budget->used < budget->limit / 4;
}

void
scheduler_empty(struct scheduler *scheduler,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	GHashTableIter iterator;
	void *destination;

	g_hash_table_iter_init(&iterator, scheduler->destinations);
	while (g_hash_table_iter_next(&iterator, NULL, &destination))
		destination_empty(destination, take);
}

void
scheduler_on_up(struct scheduler *scheduler)
{
	scheduler->is_up = true;
	scheduler_claim(scheduler);
}

static void
scheduler_let_outlive(struct scheduler *scheduler, struct transfer *transfer)
{
	transfer_outlive(transfer);
	for (unsigned i = 0; i < transfer_count(transfer); i++) {
		int64_t id = transfer_delivery(transfer, i)->delivery_id;

		g_hash_table_add(scheduler->outliving, g_memdup2(&id, sizeof(id)));
	}
}

void
scheduler_on_down(struct scheduler *scheduler)
{
	GList *next;

	scheduler->is_up = false;
	scheduler_empty(scheduler, scheduler_forget);
	for (GList *link = scheduler->transfers.running.head; link != NULL; link = next) {
		struct transfer *transfer = link->data;

		next = link->next;
		if (transfer_is_past_dot(transfer))
			scheduler_let_outlive(scheduler, transfer);
		else
			destination_abort(transfer, scheduler_forget);
	}
	log_warning("deliveries-forgotten",
	    "awaiting_reply=%u text=\"the queue has them, they are taken up again when the database is back\"",
	    scheduler->transfers.running.length);
}

void
scheduler_on_wake(struct scheduler *scheduler)
{
	scheduler_claim(scheduler);
}

void
scheduler_on_retry(struct scheduler *scheduler)
{
	GHashTableIter iterator;
	void *destination;

	g_hash_table_iter_init(&iterator, scheduler->destinations);
	while (g_hash_table_iter_next(&iterator, NULL, &destination))
		destination_rouse(destination);
	scheduler_claim(scheduler);
}
