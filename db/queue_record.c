/*
 * What deliveries came to, written in batches like messages: while one batch is in flight the next one forms.
 *
 * A record is kept until its batch has committed. A batch whose outcome is not known is written again under the
 * next identity, so writing twice must be writing once: see record_batch.c.
 */
#include "db/queue.h"

#include <string.h>

#include "base/clock.h"
#include "base/ledger.h"
#include "base/log.h"

#include "db/conversation.h"
#include "db/ledger_entry.h"
#include "db/record_batch.h"
#include "db/worker_private.h"

static const char unique_violation[] = "23505"; /* SQLSTATE */

enum {
	RECORD_BATCH_ROWS = 2000,
	RECORD_BATCH_BYTES = 8 << 20,
	RECORD_LEDGER_BYTES = 64 << 10,
	RECORD_TRIES = 3,
	RECORD_RETRY_MS = 1000
};

struct queue_records {
	struct db_worker *worker;
	GQueue waiting; /* struct record, oldest first */
	unsigned sent;  /* records in batches under way */
	unsigned in_flight;
	struct conversation_encoder *encoder;
	GString *ledger;     /* lines that are to be written in this turn of the event loop */
	struct event *flush; /* sends the next batch; a timer while paused */
	bool paused;         /* the database is in trouble */
};

static void
record_free(struct record *record)
{
	if (record->conversation != NULL)
		g_string_free(record->conversation, TRUE);
	delivery_free(record->delivery);
	attempt_free(record->attempt);
	g_free(record);
}

static struct record_batch *
record_batch_create(struct queue_records *records)
{
	struct record_batch *batch = g_new0(struct record_batch, 1);

	batch->records = records;
	batch->list = g_ptr_array_new();
	batch->logged = true;
	return batch;
}

static void
record_batch_free(struct record_batch *batch)
{
	g_ptr_array_unref(batch->list);
	g_free(batch);
}

static bool
records_may_write(const struct queue_records *records)
{
	return records->worker->identity != 0 && pipeline_is_ready(records->worker->results);
}

static void records_flush(struct queue_records *records);
static void records_on_batch(void *arg, const struct pipeline_outcome *outcome);

/* Back to the front of what waits, in order. */
static void
records_put_back(struct queue_records *records, struct record_batch *batch)
{
	for (guint i = batch->list->len; i-- > 0;)
		g_queue_push_head(&records->waiting, batch->list->pdata[i]);
	record_batch_free(batch);
}

static void
records_send(struct queue_records *records, struct record_batch *batch)
{
	if (!records_may_write(records)) {
		records_put_back(records, batch);
		return;
	}
	batch->tries++;
	records->in_flight++;
	records->sent += batch->list->len;
	record_batch_send(batch, records->worker->results, records->worker->identity,
	    records->worker->former, records_on_batch);
}

static void
records_split(struct queue_records *records, struct record_batch *batch)
{
	for (guint i = 0; i < batch->list->len; i++) {
		struct record_batch *single = record_batch_create(records);

		g_ptr_array_add(single->list, batch->list->pdata[i]);
		records_send(records, single);
	}
	record_batch_free(batch);
}

static void
records_answer(struct record_batch *batch)
{
	for (guint i = 0; i < batch->list->len; i++) {
		struct record *record = batch->list->pdata[i];

		if (record->done != NULL)
			record->done(record->arg);
		record_free(record);
	}
	record_batch_free(batch);
}

/* Later: the server is in trouble, or in the way of itself. */
static void
records_retry(struct queue_records *records, struct record_batch *batch)
{
	static const struct timeval wait = {RECORD_RETRY_MS / 1000, RECORD_RETRY_MS % 1000 * 1000};

	records_put_back(records, batch);
	records->paused = true;
	event_add(records->flush, &wait);
}

static void
records_on_content(struct queue_records *records, struct record_batch *batch)
{
	const struct record *record = batch->list->pdata[0];

	if (batch->list->len > 1) {
		records_split(records, batch);
	} else if (batch->logged) {
		/* Better a delivery without its log than one that is sent again for ever. */
		log_error("record-not-logged", "delivery=%" G_GINT64_FORMAT,
		    record->delivery->delivery_id);
		batch->logged = false;
		records_send(records, batch);
	} else {
		log_error(
		    "record-dropped", "delivery=%" G_GINT64_FORMAT, record->delivery->delivery_id);
		records_answer(batch);
	}
}

static void
records_on_failed(
    struct queue_records *records, struct record_batch *batch, const struct failure *failure)
{
	/* After a reconnection, or of another worker: rare, so the others do not look for what is there. */
	if (strcmp(failure->sqlstate, unique_violation) == 0 && !batch->again) {
		batch->again = true;
		records_send(records, batch);
		return;
	}
	log_warning("record-failed", "records=%u try=%u sqlstate=%s reason=\"%s\"",
	    batch->list->len, batch->tries, failure->sqlstate, failure->text);
	switch (failure->meaning) {
	case FAILURE_CONFLICT:
		if (batch->tries < RECORD_TRIES)
			records_send(records, batch);
		else
			records_retry(records, batch);
		return;
	case FAILURE_READ_ONLY:
	case FAILURE_CANCELLED:
	case FAILURE_UNAVAILABLE:
		records_retry(records, batch);
		return;
	case FAILURE_PARTITION: /* its day is gone, and its log with it */
	case FAILURE_LIMIT:     /* nothing is counted here */
	case FAILURE_CONTENT:
		records_on_content(records, batch);
		return;
	}
}

static void
records_on_batch(void *arg, const struct pipeline_outcome *outcome)
{
	struct record_batch *batch = arg;
	struct queue_records *records = batch->records;

	records->in_flight--;
	records->sent -= batch->list->len;
	switch (outcome->status) {
	case PIPELINE_COMMITTED:
		records_flush(records);
		records_answer(batch);
		break;
	case PIPELINE_FAILED:
		records_on_failed(records, batch, &outcome->failure);
		break;
	case PIPELINE_LOST:
		records_put_back(records, batch);
		break;
	}
	if (queue_records_pending(records->worker) == 0)
		worker_identity_recorded(records->worker);
}

static size_t
record_bytes(const struct record *record)
{
	const struct attempt *attempt = record->attempt;
	size_t bytes = 0;

	if (attempt == NULL)
		return 0;
	for (guint i = 0; i < attempt->reports->len; i++)
		bytes += message_size(g_ptr_array_index(attempt->reports, i));
	return bytes + attempt->transcript->len +
	    (record->conversation != NULL ? record->conversation->len : 0);
}

/* In the order of the log's primary key, whose pages are filled from end to end then. Stable. */
static int
record_compare(const void *left, const void *right)
{
	const struct delivery *a = (*(struct record *const *)left)->delivery;
	const struct delivery *b = (*(struct record *const *)right)->delivery;

	if (a->account_id != b->account_id)
		return a->account_id < b->account_id ? -1 : 1;
	return (a->delivery_id > b->delivery_id) - (a->delivery_id < b->delivery_id);
}

static void
records_write_ledger(struct queue_records *records)
{
	ledger_append(records->ledger->str, records->ledger->len);
	g_string_truncate(records->ledger, 0);
}

/* Whether the database takes it or not: it is the recipient's. */
static void
records_enter_in_ledger(struct queue_records *records, const struct record *record)
{
	if (!ledger_is_kept() || record->attempt->status == ATTEMPT_DEFERRED)
		return;
	ledger_add_ended(records->ledger, record->delivery, record->attempt, clock_now());
	if (records->ledger->len >= RECORD_LEDGER_BYTES || records->paused)
		records_write_ledger(records);
}

static void
records_flush(struct queue_records *records)
{
	struct record_batch *batch;
	size_t bytes = 0;

	records_write_ledger(records);
	if (records->in_flight > 0 || g_queue_is_empty(&records->waiting) || records->paused ||
	    !records_may_write(records))
		return;
	batch = record_batch_create(records);
	while (!g_queue_is_empty(&records->waiting) && batch->list->len < RECORD_BATCH_ROWS &&
	    bytes < RECORD_BATCH_BYTES) {
		struct record *record = g_queue_pop_head(&records->waiting);

		g_ptr_array_add(batch->list, record);
		bytes += record_bytes(record);
	}
	g_ptr_array_sort(batch->list, record_compare);
	records_send(records, batch);
}

static void
records_on_flush(evutil_socket_t socket, short events, void *arg)
{
	struct queue_records *records = arg;

	(void)socket;
	(void)events;
	records->paused = false;
	records_flush(records);
}

static void
records_add(struct queue_records *records, struct record *record)
{
	g_queue_push_tail(&records->waiting, record);
	if (!records->paused)
		event_active(records->flush, EV_TIMEOUT, 0);
}

/* In place of the text where it can be: a record may wait for the database. */
static void
record_encode(struct record *record, struct conversation_encoder *encoder)
{
	const struct delivery *delivery = record->delivery;
	const struct conversation_key key = {.account_id = delivery->account_id,
	    .delivery_id = delivery->delivery_id,
	    .recipient = delivery->recipient};
	GString *text = record->attempt->transcript;

	record->conversation = conversation_encode(encoder, &key, text->str, text->len);
	if (record->conversation != NULL) {
		g_string_free(text, TRUE);
		record->attempt->transcript = g_string_new(NULL);
	}
}

void
queue_record(struct db_worker *worker, struct delivery *delivery, struct attempt *attempt,
    void (*done)(void *arg), void *arg)
{
	struct record *record = g_new0(struct record, 1);

	record->delivery = delivery;
	record->attempt = attempt;
	records_enter_in_ledger(worker->records, record);
	record_encode(record, worker->records->encoder);
	record->due_at = attempt->next_attempt_at;
	record->done = done;
	record->arg = arg;
	records_add(worker->records, record);
}

void
queue_release(struct db_worker *worker, struct delivery *delivery, int64_t when)
{
	struct record *record = g_new0(struct record, 1);

	record->delivery = delivery;
	record->due_at = when;
	records_add(worker->records, record);
}

unsigned
queue_records_pending(const struct db_worker *worker)
{
	return worker->records->waiting.length + worker->records->sent;
}

void
queue_records_on_identity(struct queue_records *records)
{
	if (queue_records_pending(records->worker) == 0)
		worker_identity_recorded(records->worker);
	else
		event_active(records->flush, EV_TIMEOUT, 0);
}

struct queue_records *
queue_records_create(struct db_worker *worker)
{
	struct queue_records *records = g_new0(struct queue_records, 1);

	records->worker = worker;
	records->encoder = conversation_encoder_create();
	records->ledger = g_string_new(NULL);
	g_queue_init(&records->waiting);
	records->flush = event_new(worker->base, -1, 0, records_on_flush, records);
	return records;
}

void
queue_records_destroy(struct queue_records *records)
{
	struct record *record;

	while ((record = g_queue_pop_head(&records->waiting)) != NULL)
		record_free(record);
	records_write_ledger(records);
	g_string_free(records->ledger, TRUE);
	conversation_encoder_destroy(records->encoder);
	event_free(records->flush);
	g_free(records);
}
