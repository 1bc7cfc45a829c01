#include "services/relay/deliver/destination_private.h"

/* A connection between two messages. */
struct resting {
	struct destination *destination;
	struct connection *connection;
	GList own;    /* link in destination->resting */
	GList common; /* link in scheduler->resting */
};

static void resting_on_rested(void *arg);
static void resting_on_failed(void *arg, enum connection_failure failure, struct verdict verdict);

static const struct connection_events resting_events = {
    .rested = resting_on_rested,
    .failed = resting_on_failed,
};

static struct connection *
resting_wake(struct resting *resting)
{
	struct connection *connection = resting->connection;

	g_queue_unlink(&resting->destination->resting, &resting->own);
	g_queue_unlink(&resting->destination->scheduler->resting, &resting->common);
	g_free(resting);
	return connection;
}

void
destination_rest(struct destination *destination, struct connection *connection)
{
	struct resting *resting = g_new0(struct resting, 1);

	resting->destination = destination;
	resting->connection = connection;
	resting->own.data = resting;
	resting->common.data = resting;
	g_queue_push_tail_link(&destination->resting, &resting->own);
	g_queue_push_tail_link(&destination->scheduler->resting, &resting->common);
	connection_set_owner(connection, &resting_events, resting);
	connection_rest(connection);
}

/* One that suits; NULL: none does. As a rule the first that is looked at. */
static struct resting *
resting_find(const struct destination *destination)
{
	const GList *next = destination->ready.head;

	for (GList *link = destination->resting.tail; link != NULL && next != NULL;
	     link = link->prev) {
		struct resting *resting = link->data;

		if (connection_suits(resting->connection, delivery_asks_tls(next->data)))
			return resting;
	}
	return NULL;
}

bool
destination_has_rested(const struct destination *destination)
{
	return resting_find(destination) != NULL;
}

struct connection *
destination_wake(struct destination *destination)
{
	struct resting *resting = resting_find(destination);

	return resting != NULL ? resting_wake(resting) : NULL;
}

static void
resting_dismiss(struct resting *resting)
{
	struct destination *destination = resting->destination;

	connection_leave(resting_wake(resting));
	destination_closed(destination);
	destination_serve(destination);
}

bool
destination_dismiss_one(struct destination *destination)
{
	if (destination->resting.head == NULL)
		return false;
	resting_dismiss(destination->resting.head->data);
	return true;
}

static void
resting_on_rested(void *arg)
{
	resting_dismiss(arg);
}

static void
resting_on_failed(void *arg, enum connection_failure failure, struct verdict verdict)
{
	(void)failure;
	(void)verdict;
	resting_dismiss(arg);
}

void
destination_dismiss_resting(struct scheduler *scheduler)
{
	struct resting *resting;

	while ((resting = g_queue_peek_head(&scheduler->resting)) != NULL)
		resting_dismiss(resting);
}

bool
destination_make_room(struct scheduler *scheduler)
{
	struct resting *resting;

	while (scheduler->open >= scheduler->settings->connections &&
	    (resting = g_queue_peek_head(&scheduler->resting)) != NULL)
		resting_dismiss(resting);
	return scheduler->open < scheduler->settings->connections;
}
