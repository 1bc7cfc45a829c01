#include "db/message_store.h"

#include <assert.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/log.h"

#include "db/account_limit.h"
#include "db/id.h"
#include "db/ledger_entry.h"
#include "db/message_batch.h"
#include "db/worker_private.h"

enum {
	STORE_BATCHES_IN_FLIGHT = 1, /* one backend: a second showed no gain */
	STORE_TRIES = 3,
	STORE_IDS_LOW = 2 * ID_BLOCK,
	STORE_BLOCKS_AHEAD = 4,
	STORE_NOTIFY_INTERVAL_MS = 1000,
	STORE_LOG_INTERVAL_MS = 1000 /* of failures: while a disk is full every batch is one */
};

struct message_store {
	struct db_worker *worker;
	GQueue waiting;      /* struct message_request */
	struct event *flush; /* sends, or refuses, what waits */
	unsigned in_flight;  /* batches */
	struct id_source ids;
	bool fetching_ids;
	struct account_limits *limits;
	int64_t notified_at, logged_at;
};

static void
message_request_free(void *data)
{
	struct message_request *request = data;

	message_unref(request->message);
	g_free(request);
}

static struct message_batch *
batch_create(struct message_store *store)
{
	struct message_batch *batch = g_new0(struct message_batch, 1);

	batch->store = store;
	batch->node = store->worker->node;
	batch->requests = g_ptr_array_new_with_free_func(message_request_free);
	return batch;
}

static void
batch_free(struct message_batch *batch)
{
	g_ptr_array_unref(batch->requests);
	g_free(batch);
}

/* Answers every message of the batch, and frees it. */
static void
batch_answer(struct message_batch *batch, enum db_outcome outcome, enum message_claim granted)
{
	for (guint i = 0; i < batch->requests->len; i++) {
		struct message_request *request = batch->requests->pdata[i];
		enum message_claim claimed =
		    granted == MESSAGE_CLAIM_MINE ? request->claim : MESSAGE_CLAIM_NONE;

		request->done(request->arg, request->message, outcome, claimed);
	}
	batch_free(batch);
}

static void
store_on_ids(void *arg, const struct pipeline_outcome *outcome)
{
	struct message_store *store = arg;

	store->fetching_ids = false;
	if (outcome->status == PIPELINE_COMMITTED)
		id_source_add(&store->ids, outcome->results[0]);
	else if (outcome->status == PIPELINE_FAILED)
		pipeline_reconnect(store->worker->accept, outcome->failure.text);
	event_active(store->flush, EV_TIMEOUT, 0);
}

static void
store_fetch_ids(struct message_store *store, size_t needed)
{
	struct pipeline *pipeline = store->worker->accept;
	struct parameters parameters;

	if (store->fetching_ids)
		return;
	store->fetching_ids = true;
	parameters_init(&parameters);
	parameters_add_number(&parameters, (int64_t)(needed / ID_BLOCK) + STORE_BLOCKS_AHEAD);
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &message_store_statements[MESSAGE_BATCH_IDS], &parameters);
	pipeline_commit(pipeline, store_on_ids, store);
	parameters_clear(&parameters);
}

static void
store_on_partitions(void *arg, const struct pipeline_outcome *outcome)
{
	(void)arg;
	if (outcome->status == PIPELINE_FAILED)
		log_error("partitions-failed", "sqlstate=%s reason=\"%s\"",
		    outcome->failure.sqlstate, outcome->failure.text);
}

static void
store_ensure_partitions(struct message_store *store)
{
	struct pipeline *pipeline = store->worker->accept;
	struct parameters parameters;

	parameters_init(&parameters);
	parameters_add_number(&parameters, WORKER_PARTITIONS_AHEAD);
	pipeline_begin(pipeline);
	pipeline_execute(
	    pipeline, &message_store_statements[MESSAGE_BATCH_PARTITIONS], &parameters);
	pipeline_commit(pipeline, store_on_partitions, store);
	parameters_clear(&parameters);
}

static void store_flush(struct message_store *store);
static void store_on_batch(void *arg, const struct pipeline_outcome *outcome);

static size_t
batch_ids(const struct message_batch *batch)
{
	size_t ids = 0;

	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];

		ids += message_batch_ids(request->message);
	}
	return ids;
}

/* Sends a batch for the first time or again. Claims are for a worker that is up: nobody else would deliver them. */
static void
store_send(struct message_store *store, struct message_batch *batch)
{
	struct pipeline *pipeline = store->worker->accept;

	if (!worker_accepts(store->worker) || id_source_left(&store->ids) < batch_ids(batch)) {
		batch_answer(batch, DB_UNAVAILABLE, MESSAGE_CLAIM_NONE);
		return;
	}
	batch->identity = store->worker->state == WORKER_UP ? store->worker->identity : 0;
	batch->tries++;
	store->in_flight++;
	message_batch_send(batch, pipeline, &store->ids, store_on_batch);
}

/* Each message of a batch that failed gets one of its own. */
static void
store_split(struct message_store *store, struct message_batch *batch)
{
	g_ptr_array_set_free_func(batch->requests, NULL);
	for (guint i = 0; i < batch->requests->len; i++) {
		struct message_batch *single = batch_create(store);

		single->notify = batch->notify;
		g_ptr_array_add(single->requests, batch->requests->pdata[i]);
		store_send(store, single);
	}
	batch_free(batch);
}

/* Whether `interval_ms` have passed since *last; then *last is now. */
static bool
store_interval_passed(int64_t *last, int64_t interval_ms)
{
	int64_t now = clock_now();

	if (now - *last < interval_ms * (CLOCK_SECOND / 1000))
		return false;
	*last = now;
	return true;
}

static void
store_log_failure(
    struct message_store *store, const struct message_batch *batch, const struct failure *failure)
{
	if (store_interval_passed(&store->logged_at, STORE_LOG_INTERVAL_MS))
		log_warning("store-failed", "messages=%u try=%u sqlstate=%s reason=\"%s\"",
		    batch->requests->len, batch->tries, failure->sqlstate, failure->text);
}

/* Sent again, without those that the account has no room for: their rows in reporting take their place. */
static void
store_on_limit(
    struct message_store *store, struct message_batch *batch, const struct failure *failure)
{
	int64_t now = clock_now();
	int64_t account_id =
	    account_limits_note(store->limits, failure->detail, failure->text, now);

	log_info(
	    "account-limited", "account=%lld reason=\"%s\"", (long long)account_id, failure->text);
	if (account_id == 0) {
		batch_answer(batch, DB_UNAVAILABLE, MESSAGE_CLAIM_NONE);
		return;
	}
	if (batch->tries >= STORE_TRIES && batch->requests->len > 1) {
		store_split(
		    store, batch); /* many accounts at their limits: each fails for itself */
		return;
	}
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];

		if (request->message->account_id == account_id)
			account_limits_admit(store->limits, request->message, now);
	}
	store_send(store, batch);
}

static void
store_refuse_waiting(struct message_store *store)
{
	/* Not those that come from within the answers. */
	GQueue waiting = store->waiting;
	struct message_request *request;

	g_queue_init(&store->waiting);
	while ((request = g_queue_pop_head(&waiting)) != NULL) {
		request->done(request->arg, request->message, DB_UNAVAILABLE, MESSAGE_CLAIM_NONE);
		message_request_free(request);
	}
}

static void
store_on_failed(
    struct message_store *store, struct message_batch *batch, const struct failure *failure)
{
	if (failure->meaning != FAILURE_LIMIT)
		store_log_failure(store, batch, failure);
	switch (failure->meaning) {
	case FAILURE_LIMIT:
		store_on_limit(store, batch, failure);
		return;
	case FAILURE_PARTITION:
		if (batch->tries >= STORE_TRIES)
			break;
		if (worker_accepts(store->worker))
			store_ensure_partitions(store);
		store_send(store, batch);
		return;
	case FAILURE_CONFLICT:
		if (batch->tries >= STORE_TRIES)
			break;
		store_send(store, batch);
		return;
	case FAILURE_CANCELLED:
		/* They have waited as long. */
		store_refuse_waiting(store);
		break;
	case FAILURE_READ_ONLY:
	case FAILURE_UNAVAILABLE:
		break;
	case FAILURE_CONTENT:
		if (batch->requests->len > 1)
			store_split(store, batch);
		else if (batch->tries < STORE_TRIES) /* its group may just have been renamed */
			store_send(store, batch);
		else
			batch_answer(batch, DB_REFUSED, MESSAGE_CLAIM_NONE);
		return;
	}
	batch_answer(batch, DB_UNAVAILABLE, MESSAGE_CLAIM_NONE);
}

static bool
batch_has_unclaimed(const struct message_batch *batch)
{
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];

		if (request->claim == MESSAGE_CLAIM_NONE)
			return true;
	}
	return false;
}

/* Before any client is told. */
static void
batch_enter_in_ledger(const struct message_batch *batch)
{
	g_autoptr(GString) lines = NULL;
	int64_t now = clock_now();

	if (!ledger_is_kept())
		return;
	lines = g_string_new(NULL);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];

		if (request->message->disposition == MESSAGE_DELIVER)
			ledger_add_accepted(lines, request->message, now);
	}
	ledger_append(lines->str, lines->len);
}

static void
store_on_committed(struct message_store *store, struct message_batch *batch, bool held)
{
	struct db_worker *worker = store->worker;
	bool mine = held && batch->identity != 0 && batch->identity == worker->identity &&
	    worker->state == WORKER_UP;
	bool wake = !mine || batch_has_unclaimed(batch);

	batch_enter_in_ledger(batch);
	batch_answer(batch, DB_OK, mine ? MESSAGE_CLAIM_MINE : MESSAGE_CLAIM_NONE);
	if (wake && worker->state == WORKER_UP)
		worker->events.queue_wake(worker->arg);
}

static void
store_on_batch(void *arg, const struct pipeline_outcome *outcome)
{
	struct message_batch *batch = arg;
	struct message_store *store = batch->store;

	store->in_flight--;
	switch (outcome->status) {
	case PIPELINE_COMMITTED:
		/* The database has work again before clients are answered. */
		store_flush(store);
		store_on_committed(store, batch, message_batch_read(batch, outcome));
		break;
	case PIPELINE_FAILED:
		store_on_failed(store, batch, &outcome->failure);
		event_active(store->flush, EV_TIMEOUT, 0);
		break;
	case PIPELINE_LOST:
		batch_answer(batch, DB_UNAVAILABLE, MESSAGE_CLAIM_NONE);
		break;
	}
}

/* Unclaimed rows wake the other workers, but not at each batch: a commit that notifies waits for all others that do. */
static bool
store_should_notify(struct message_store *store, const struct message_batch *batch)
{
	return batch_has_unclaimed(batch) &&
	    store_interval_passed(&store->notified_at, STORE_NOTIFY_INTERVAL_MS);
}

/* The next batch: what waits, in order, within the bounds and the ids in stock. NULL: no ids for the first. */
static struct message_batch *
store_collect(struct message_store *store)
{
	struct message_batch *batch = batch_create(store);
	size_t bytes = 0, rows = 0;
	int64_t now = clock_now();
	struct message_request *request;

	while ((request = g_queue_peek_head(&store->waiting)) != NULL) {
		size_t size = message_size(request->message);
		size_t ids = message_batch_ids(request->message);

		if (rows + ids > id_source_left(&store->ids))
			break;
		if (rows > 0 &&
		    (bytes + size > MESSAGE_BATCH_BYTES || rows + ids > MESSAGE_BATCH_ROWS ||
			size >= MESSAGE_LARGE))
			break;
		g_ptr_array_add(batch->requests, g_queue_pop_head(&store->waiting));
		account_limits_admit(store->limits, request->message, now);
		bytes += size;
		rows += ids;
		if (size >= MESSAGE_LARGE)
			break;
	}
	if (batch->requests->len > 0)
		return batch;
	assert(request != NULL);
	store_fetch_ids(store, message_batch_ids(request->message));
	batch_free(batch);
	return NULL;
}

static void
store_flush(struct message_store *store)
{
	while (store->in_flight < STORE_BATCHES_IN_FLIGHT && !g_queue_is_empty(&store->waiting) &&
	    worker_accepts(store->worker)) {
		struct message_batch *batch = store_collect(store);

		if (batch == NULL)
			return;
		batch->notify = store_should_notify(store, batch);
		store_send(store, batch);
		if (id_source_left(&store->ids) < STORE_IDS_LOW && worker_accepts(store->worker))
			store_fetch_ids(store, 0);
	}
}

static void
store_on_flush(evutil_socket_t socket, short events, void *arg)
{
	struct message_store *store = arg;

	(void)socket;
	(void)events;
	if (worker_accepts(store->worker))
		store_flush(store);
	else
		store_refuse_waiting(store);
}

void
message_store_put(struct db_worker *worker, struct message *message, enum message_claim claim,
    message_store_done *done, void *arg)
{
	struct message_store *store = worker->store;
	struct message_request *request = g_new0(struct message_request, 1);

	assert(message->account_id != 0 && message->recipients->len > 0);
	request->message = message_ref(message);
	request->claim = claim;
	request->done = done;
	request->arg = arg;
	g_queue_push_tail(&store->waiting, request);
	event_active(store->flush, EV_TIMEOUT, 0);
}

struct message_store *
message_store_create(struct db_worker *worker)
{
	struct message_store *store = g_new0(struct message_store, 1);

	store->worker = worker;
	store->limits = account_limits_create();
	store->flush = event_new(worker->base, -1, 0, store_on_flush, store);
	g_queue_init(&store->waiting);
	return store;
}

void
message_store_destroy(struct message_store *store)
{
	store_refuse_waiting(store);
	id_source_clear(&store->ids);
	account_limits_destroy(store->limits);
	event_free(store->flush);
	g_free(store);
}

void
message_store_on_up(struct message_store *store)
{
	/* A server that took over may not know of blocks that the last one handed out. */
	id_source_clear(&store->ids);
	store_fetch_ids(store, 0);
}

void
message_store_on_down(struct message_store *store)
{
	event_active(store->flush, EV_TIMEOUT, 0);
}
