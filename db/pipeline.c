#include "db/pipeline.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"

#include "db/pipeline_private.h"

static const char *const pipeline_state_names[] = {
    [PIPELINE_STATE_WAITING] = "waiting",
    [PIPELINE_STATE_CONNECTING] = "connecting",
    [PIPELINE_STATE_PREPARING] = "preparing",
    [PIPELINE_STATE_READY] = "ready",
};

void
pipeline_enter_state(struct pipeline *pipeline, enum pipeline_state state)
{
	log_debug("database-connection", "connection=%s state=%s", pipeline->profile->name,
	    pipeline_state_names[state]);
	pipeline->state = state;
}

void
pipeline_arm_timer(struct pipeline *pipeline, unsigned milliseconds)
{
	struct timeval wait = {milliseconds / 1000, (suseconds_t)(milliseconds % 1000) * 1000};

	event_add(pipeline->timer, &wait);
}

void
pipeline_arm_answer_timer(struct pipeline *pipeline)
{
	if (pipeline->broken)
		return;
	if (g_queue_is_empty(&pipeline->transactions))
		event_del(pipeline->timer);
	else
		pipeline_arm_timer(pipeline, pipeline->profile->answer_seconds * 1000);
}

static void
pipeline_unwatch(struct pipeline *pipeline)
{
	if (pipeline->readable != NULL)
		event_free(pipeline->readable);
	if (pipeline->writable != NULL)
		event_free(pipeline->writable);
	pipeline->readable = pipeline->writable = NULL;
}

void
pipeline_watch(struct pipeline *pipeline, event_callback_fn on_readable, short readable,
    event_callback_fn on_writable)
{
	evutil_socket_t socket = PQsocket(pipeline->connection);

	pipeline_unwatch(pipeline);
	pipeline->readable = event_new(pipeline->base, socket, readable, on_readable, pipeline);
	pipeline->writable = event_new(pipeline->base, socket, EV_WRITE, on_writable, pipeline);
}

void
pipeline_break(struct pipeline *pipeline, const char *reason)
{
	if (pipeline->broken)
		return;
	if (reason == NULL)
		reason = PQerrorMessage(pipeline->connection);
	error_set(&pipeline->trouble, "%.*s", (int)strcspn(reason, "\n"), reason);
	pipeline->broken = true;
	pipeline_arm_timer(pipeline, 0);
}

static void
pipeline_close(struct pipeline *pipeline)
{
	GQueue lost = pipeline->transactions;
	struct pipeline_transaction *transaction;

	event_del(pipeline->timer);
	pipeline_unwatch(pipeline);
	PQfinish(pipeline->connection);
	pipeline->connection = NULL;
	pipeline->broken = false;
	pipeline_enter_state(pipeline, PIPELINE_STATE_WAITING);
	g_queue_init(&pipeline->transactions);
	while ((transaction = g_queue_pop_head(&lost)) != NULL)
		pipeline_transaction_finish(transaction, PIPELINE_LOST);
}

/* Whether each host has had its turn. */
static bool
pipeline_round_ends(const struct pipeline *pipeline)
{
	return (pipeline->tried + 1) % db_hosts_count(pipeline->hosts) == 0;
}

static void
pipeline_try_next(struct pipeline *pipeline)
{
	bool pauses = pipeline_round_ends(pipeline);

	db_hosts_next(pipeline->hosts);
	pipeline->tried++;
	pipeline_arm_timer(pipeline, pauses ? pipeline->retry_ms : 0);
	if (pauses)
		pipeline->retry_ms = MIN(pipeline->retry_ms * 2, PIPELINE_RETRY_MAX_MS);
}

/* One host of several that is no use is nothing to tell: a standby, as a rule. A reason is told until there is another. */
static void
pipeline_tell_trouble(struct pipeline *pipeline, bool was_ready)
{
	const char *reason = pipeline->trouble.text;

	if ((!was_ready && !pipeline_round_ends(pipeline)) ||
	    strcmp(pipeline->told.text, reason) == 0)
		return;
	log_warning(was_ready ? "database-lost" : "database-away", "connection=%s reason=\"%s\"",
	    pipeline->profile->name, reason);
	pipeline->told = pipeline->trouble;
}

void
pipeline_lose(struct pipeline *pipeline)
{
	bool was_ready = pipeline->state == PIPELINE_STATE_READY;

	pipeline_tell_trouble(pipeline, was_ready);
	pipeline_close(pipeline);
	pipeline_try_next(pipeline);
	if (was_ready)
		pipeline->events.down(pipeline->arg);
}

static void
pipeline_on_timer(evutil_socket_t socket, short events, void *arg)
{
	struct pipeline *pipeline = arg;

	(void)socket;
	(void)events;
	if (pipeline->state == PIPELINE_STATE_WAITING) {
		pipeline_connect_start(pipeline);
		return;
	}
	pipeline_break(pipeline,
	    pipeline->state == PIPELINE_STATE_CONNECTING ? "not connected in time"
							 : "no answer from the server");
	pipeline_lose(pipeline);
}

struct pipeline *
pipeline_create(struct event_base *base, const char *conninfo,
    const struct pipeline_profile *profile, const struct pipeline_events *events, void *arg)
{
	struct pipeline *pipeline = g_new0(struct pipeline, 1);

	pipeline->base = base;
	pipeline->hosts = db_hosts_create(conninfo, "bracemail-relay");
	pipeline->profile = profile;
	pipeline->events = *events;
	pipeline->arg = arg;
	pipeline->retry_ms = PIPELINE_RETRY_FIRST_MS;
	pipeline->timer = evtimer_new(base, pipeline_on_timer, pipeline);
	g_queue_init(&pipeline->transactions);
	pipeline_arm_timer(pipeline, 0);
	return pipeline;
}

unsigned
pipeline_host(const struct pipeline *pipeline)
{
	return db_hosts_turn(pipeline->hosts);
}

void
pipeline_destroy(struct pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	pipeline_close(pipeline);
	event_free(pipeline->timer);
	db_hosts_destroy(pipeline->hosts);
	g_free(pipeline);
}

bool
pipeline_is_ready(const struct pipeline *pipeline)
{
	return pipeline->state == PIPELINE_STATE_READY && !pipeline->broken;
}

bool
pipeline_is_distributed(const struct pipeline *pipeline)
{
	return pipeline->is_distributed;
}

void
pipeline_reconnect(struct pipeline *pipeline, const char *reason)
{
	if (pipeline->state != PIPELINE_STATE_WAITING)
		pipeline_break(pipeline, reason);
}

void
pipeline_flush(struct pipeline *pipeline)
{
	int left = PQflush(pipeline->connection);

	if (left < 0)
		pipeline_break(pipeline, NULL);
	else if (left > 0)
		event_add(pipeline->writable, NULL);
}

void
pipeline_open(struct pipeline *pipeline)
{
	assert(pipeline->open == NULL);
	pipeline->open = g_new0(struct pipeline_transaction, 1);
	pipeline->open->results = g_ptr_array_new_with_free_func((GDestroyNotify)PQclear);
}

void
pipeline_execute(struct pipeline *pipeline, const struct pipeline_statement *statement,
    struct parameters *parameters)
{
	int count = parameters == NULL ? 0 : parameters->count;
	bool sent;

	assert(pipeline->open != NULL);
	if (pipeline->broken)
		return;
	if (count > 0) {
		parameters_finish(parameters);
		sent = PQsendQueryPrepared(pipeline->connection, statement->name, count,
		    parameters->values, parameters->lengths, parameters->formats, 1);
	} else {
		sent = PQsendQueryPrepared(
		    pipeline->connection, statement->name, 0, NULL, NULL, NULL, 1);
	}
	if (!sent)
		pipeline_break(pipeline, NULL);
}

void
pipeline_begin(struct pipeline *pipeline)
{
	assert(pipeline_is_ready(pipeline));
	pipeline_open(pipeline);
	pipeline->open->is_block = pipeline->is_distributed;
	if (pipeline->open->is_block)
		pipeline_execute(pipeline, &pipeline_block_begin, NULL);
}

static void
pipeline_sync(struct pipeline *pipeline)
{
	pipeline->open->syncs++;
	if (!pipeline->broken && !PQpipelineSync(pipeline->connection))
		pipeline_break(pipeline, NULL);
}

void
pipeline_commit(struct pipeline *pipeline, pipeline_done *done, void *arg)
{
	struct pipeline_transaction *transaction = pipeline->open;

	assert(transaction != NULL);
	transaction->done = done;
	transaction->arg = arg;
	if (transaction->is_block) {
		pipeline_sync(pipeline);
		pipeline_execute(pipeline, &pipeline_block_commit, NULL);
	}
	pipeline_sync(pipeline);
	pipeline->open = NULL;
	g_queue_push_tail(&pipeline->transactions, transaction);
	if (pipeline->broken)
		return;
	if (pipeline->transactions.length == 1)
		pipeline_arm_answer_timer(pipeline);
	pipeline_flush(pipeline);
}
