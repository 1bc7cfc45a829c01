#include "services/relay/relay.h"

#include <assert.h>

#include <event2/event.h>
#include <glib.h>

#include "base/log.h"
#include "base/memory_budget.h"
#include "db/queue.h"
#include "db/worker.h"

enum { RELAY_LEAVE_SECONDS = 5 /* for the database to take back what is left */ };

/* At a stop, for clients to go on until they leave by themselves. */
enum { RELAY_GRACE_SECONDS = 3 };

/* A clean stop goes through these in order. */
enum relay_state {
	RELAY_RUNNING,
	RELAY_RECEIVING_LAST,  /* messages within DATA are taken to their end */
	RELAY_DELIVERING_LAST, /* attempts under way likewise */
	RELAY_LEAVING,
	RELAY_STOPPED
};

struct relay {
	struct event_base *base;
	enum relay_state state;
	struct memory_budget budget;
	struct db_worker *worker;
	struct scheduler *scheduler;
	struct relay_backend *backend;
	struct receive_server *server;
	unsigned drain_seconds; /* for each of the two parts that wait for peers */
	struct event *deadline; /* of the part of the stop that is under way */
	void (*drained)(void *arg);
	void *drained_arg;
};

static void
relay_on_up(void *arg)
{
	struct relay *relay = arg;

	scheduler_on_up(relay->scheduler);
}

static void
relay_on_down(void *arg)
{
	struct relay *relay = arg;

	scheduler_on_down(relay->scheduler);
}

static void
relay_on_wake(void *arg)
{
	struct relay *relay = arg;

	scheduler_on_wake(relay->scheduler);
}

static void
relay_on_retry(void *arg)
{
	struct relay *relay = arg;

	scheduler_on_retry(relay->scheduler);
}

static void
relay_on_unsubscribed(void *arg, int64_t account_id, const char *address)
{
	struct relay *relay = arg;

	scheduler_on_unsubscribed(relay->scheduler, account_id, address);
}

static void
relay_on_campaign_deleted(void *arg, int64_t account_id, int32_t campaign_id)
{
	struct relay *relay = arg;

	scheduler_on_campaign_deleted(relay->scheduler, account_id, campaign_id);
}

static bool
relay_has_room(void *arg)
{
	const struct relay *relay = arg;

	return scheduler_has_room(relay->scheduler);
}

/* Committed: what this worker claimed goes out straight from memory. */
static void
relay_on_accepted(void *arg, struct message *message, enum message_claim claimed)
{
	struct relay *relay = arg;

	if (claimed == MESSAGE_CLAIM_MINE)
		scheduler_add_message(relay->scheduler, message);
}

static bool
relay_start(
    struct relay *relay, const struct relay_settings *settings, SSL_CTX *tls, struct error *error)
{
	static const struct db_worker_events events = {.up = relay_on_up,
	    .down = relay_on_down,
	    .queue_wake = relay_on_wake,
	    .queue_retry = relay_on_retry,
	    .unsubscribed = relay_on_unsubscribed,
	    .campaign_deleted = relay_on_campaign_deleted};
	struct relay_backend_settings backend = {.budget = &relay->budget,
	    .malformed = settings->malformed,
	    .logs_messages = settings->logs_messages,
	    .deliver = &settings->deliver,
	    .has_room = relay_has_room,
	    .accepted = relay_on_accepted,
	    .arg = relay};

	relay->worker = db_worker_create(
	    relay->base, settings->conninfo, settings->node, &settings->ledger, &events, relay);
	relay->scheduler =
	    scheduler_create(relay->base, relay->worker, &settings->deliver, &relay->budget, error);
	if (relay->scheduler == NULL)
		return false;
	backend.worker = relay->worker;
	relay->backend = relay_backend_create(relay->base, &backend, error);
	if (relay->backend == NULL)
		return false;
	relay->server = receive_server_create(
	    relay->base, &settings->receive, tls, relay_backend_receive(relay->backend), error);
	return relay->server != NULL;
}

struct relay *
relay_create(struct event_base *base, const struct relay_settings *settings, SSL_CTX *tls,
    struct error *error)
{
	struct relay *relay = g_new0(struct relay, 1);

	relay->base = base;
	relay->budget.limit = settings->memory_bytes;
	if (relay_start(relay, settings, tls, error))
		return relay;
	relay_destroy(relay);
	return NULL;
}

void
relay_set_tls(struct relay *relay, SSL_CTX *tls)
{
	receive_server_set_tls(relay->server, tls);
}

static void
relay_end_receiving(struct relay *relay)
{
	if (relay->server != NULL)
		receive_server_destroy(relay->server);
	relay->server = NULL;
}

/* The database answers what is still asked of it, so whoever asked goes after it. */
void
relay_destroy(struct relay *relay)
{
	if (relay == NULL)
		return;
	relay_end_receiving(relay);
	if (relay->worker != NULL)
		db_worker_destroy(relay->worker);
	scheduler_destroy(relay->scheduler);
	if (relay->backend != NULL)
		relay_backend_destroy(relay->backend);
	if (relay->deadline != NULL)
		event_free(relay->deadline);
	g_free(relay);
}

static void
relay_enter(struct relay *relay, enum relay_state state, unsigned seconds)
{
	struct timeval patience = {.tv_sec = (time_t)seconds};

	relay->state = state;
	evtimer_add(relay->deadline, &patience);
}

static void
relay_on_left(void *arg)
{
	struct relay *relay = arg;

	if (relay->state != RELAY_LEAVING)
		return;
	relay->state = RELAY_STOPPED;
	evtimer_del(relay->deadline);
	relay->drained(relay->drained_arg);
}

static void
relay_on_delivered(void *arg)
{
	struct relay *relay = arg;

	relay_enter(relay, RELAY_LEAVING, RELAY_LEAVE_SECONDS);
	db_worker_leave(relay->worker, relay_on_left, relay);
}

static void
relay_on_received(void *arg)
{
	struct relay *relay = arg;

	if (relay->state != RELAY_RECEIVING_LAST)
		return;
	relay->state = RELAY_DELIVERING_LAST;
	evtimer_del(relay->deadline);
	scheduler_drain(relay->scheduler, relay->drain_seconds, relay_on_delivered, relay);
}

static void
relay_on_deadline(evutil_socket_t socket, short what, void *arg)
{
	struct relay *relay = arg;

	(void)socket;
	(void)what;
	if (relay->state == RELAY_RECEIVING_LAST) {
		log_warning("drain-cut",
		    "clients were still sending: they got no reply and will try again");
		relay_end_receiving(relay);
		relay_on_received(relay);
	} else if (relay->state == RELAY_LEAVING) {
		log_warning(
		    "leave-cut", "the database does not answer: claims end with the connection");
		relay_on_left(relay);
	}
}

void
relay_drain(struct relay *relay, unsigned seconds, void (*done)(void *arg), void *arg)
{
	assert(relay->state == RELAY_RUNNING);
	relay->drained = done;
	relay->drained_arg = arg;
	relay->drain_seconds = MAX(seconds / 2, 1);
	relay->deadline = evtimer_new(relay->base, relay_on_deadline, relay);
	relay_enter(relay, RELAY_RECEIVING_LAST, relay->drain_seconds);
	receive_server_drain(relay->server, MIN(relay->drain_seconds / 2, RELAY_GRACE_SECONDS),
	    relay_on_received, relay);
}
