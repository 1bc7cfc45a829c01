/* Taking what is due, and asking when more will be. */
#include "db/queue.h"

#include "base/log.h"

#include "db/queue_claimed.h"
#include "db/row.h"
#include "db/worker_private.h"

enum { CLAIMS_OUTSTANDING_MAX = 64 };

enum claim_statement { CLAIM_TAKE, CLAIM_DISCARD, CLAIM_NEXT_DUE };

const struct pipeline_statement queue_claim_statements[] = {
    /*
     * One round trip: finds and locks what is due (one more than wanted, to see whether there is more), cuts it where
     * the contents pass the bytes, claims the rest, and reads each message once, with the first of its
     * deliveries, and each campaign that this worker does not hold yet, likewise; and who is not
     * to be mailed.
     * $1 this worker, $2 rows, $3 bytes, $4 campaigns it holds.
     */
    [CLAIM_TAKE] = {"queue_claim",
	"WITH due AS MATERIALIZED ("
	" SELECT account_id, delivery_id, message_id, campaign_id, next_attempt_at FROM queue "
	" WHERE claim IS NULL AND next_attempt_at <= now() "
	" ORDER BY next_attempt_at LIMIT $2::bigint + 1 FOR NO KEY UPDATE SKIP LOCKED"
	"), ranked AS ("
	" SELECT due.*, COALESCE(m.size, 0) AS size, "
	"  row_number() OVER (ORDER BY due.next_attempt_at, due.delivery_id) AS number, "
	"  row_number() OVER (PARTITION BY due.account_id, due.message_id, due.campaign_id "
	"   ORDER BY due.next_attempt_at, due.delivery_id) = 1 AS first "
	" FROM due LEFT JOIN message AS m "
	"  ON m.account_id = due.account_id AND m.message_id = due.message_id"
	"), sized AS ("
	" SELECT *, sum(CASE WHEN first THEN size ELSE 0 END) OVER (ORDER BY number) AS bytes FROM ranked"
	"), taken AS ("
	" UPDATE queue AS q SET claim = $1::bigint FROM sized AS s "
	" WHERE q.account_id = s.account_id AND q.delivery_id = s.delivery_id "
	"  AND s.number <= $2::bigint AND (s.number = 1 OR s.bytes <= $3::bigint) "
	" RETURNING q.account_id, q.delivery_id, q.message_id, q.campaign_id, q.recipient, "
	"  q.merge_fields, q.attempts, q.queued_at, q.notify, q.original_recipient, s.first"
	") SELECT t.account_id, t.delivery_id, t.message_id, t.campaign_id, t.recipient, "
	" t.merge_fields::text, t.attempts, t.queued_at, t.notify, t.original_recipient, "
	" (SELECT count(*) FROM due) > (SELECT count(*) FROM taken), "
	" m.received_at, m.group_id, m.smtputf8, m.client, m.mail_from, m.subject, m.note, m.dsn_return, "
	" m.envelope_id, m.tls, m.content, "
	" COALESCE(c.created_at, CASE WHEN m.composition IS NOT NULL THEN m.received_at END), "
	" COALESCE(c.from_email, m.composition ->> 'from_email'), "
	" COALESCE(c.from_name, m.composition ->> 'from_name'), "
	" COALESCE(c.subject, m.composition ->> 'subject'), "
	" COALESCE(c.message_plain, m.composition ->> 'message_plain'), "
	" COALESCE(c.message_html, m.composition ->> 'message_html'), "
	" COALESCE(c.options, m.composition ->> 'options'), c.raw_message, " SUPPRESSED_COLUMNS " "
	"FROM taken AS t "
	"LEFT JOIN message AS m "
	" ON t.first AND m.account_id = t.account_id AND m.message_id = t.message_id "
	"LEFT JOIN campaign AS c "
	" ON t.first AND c.account_id = t.account_id AND c.campaign_id = t.campaign_id "
	"  AND c.campaign_id <> ALL ($4::int[]) "
	"LEFT JOIN LATERAL suppression_of(t.account_id, t.recipient) AS s ON true"},
    /* Nothing can be sent of them any more: their message was dropped, or their account removed. */
    [CLAIM_DISCARD] = {"queue_discard",
	"DELETE FROM queue AS q USING "
	" (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id) AS r "
	"WHERE q.account_id = r.account_id AND q.delivery_id = r.delivery_id"},
    [CLAIM_NEXT_DUE] = {"queue_next_due",
	"SELECT next_attempt_at FROM queue WHERE claim IS NULL AND next_attempt_at < 'infinity' "
	"ORDER BY next_attempt_at LIMIT 1"},
    {NULL, NULL},
};

struct queue_claims {
	struct db_worker *worker;
	GHashTable *campaigns; /* campaign_cache_create() */
	unsigned taking;       /* claims under way: the campaigns they count on must stay */
	GQueue waiting;        /* struct claim_request not sent yet, or never to be */
	unsigned outstanding;
	struct event *flush;
};

struct claim_request {
	struct queue_claims *claims;
	unsigned limit;
	size_t bytes;
	queue_claimed *claimed;               /* for a claim; NULL: asks when the next is due */
	void (*due)(void *arg, int64_t when); /* for that */
	void *arg;
};

static void
claim_request_finish(struct claim_request *request)
{
	request->claims->outstanding--;
	g_free(request);
}

static void
claim_answer(struct claim_request *request, GPtrArray *deliveries, bool more)
{
	request->claimed(request->arg, deliveries, more);
	claim_request_finish(request);
}

static void
claim_answer_due(struct claim_request *request, int64_t when)
{
	request->due(request->arg, when);
	claim_request_finish(request);
}

static void
claim_log_failure(const struct pipeline_outcome *outcome, const char *event)
{
	if (outcome->status == PIPELINE_FAILED)
		log_error(event, "sqlstate=%s reason=\"%s\"", outcome->failure.sqlstate,
		    outcome->failure.text);
}

static void
claims_on_discarded(void *arg, const struct pipeline_outcome *outcome)
{
	(void)arg;
	claim_log_failure(outcome, "discard-failed");
}

static void
claims_discard(struct queue_claims *claims, const GPtrArray *lost)
{
	struct parameters parameters;
	struct db_array *account_id, *delivery_id;

	if (lost->len == 0 || !pipeline_is_ready(claims->worker->results))
		return;
	log_error("deliveries-without-content", "deliveries=%u", lost->len);
	parameters_init(&parameters);
	account_id = parameters_add_array(&parameters, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&parameters, DB_ARRAY_INT8);
	for (guint i = 0; i < lost->len; i++) {
		const struct delivery *delivery = lost->pdata[i];

		db_array_add_number(account_id, delivery->account_id);
		db_array_add_number(delivery_id, delivery->delivery_id);
	}
	pipeline_begin(claims->worker->results);
	pipeline_execute(
	    claims->worker->results, &queue_claim_statements[CLAIM_DISCARD], &parameters);
	pipeline_commit(claims->worker->results, claims_on_discarded, claims);
	parameters_clear(&parameters);
}

static void
claims_on_taken(void *arg, const struct pipeline_outcome *outcome)
{
	struct claim_request *request = arg;
	struct queue_claims *claims = request->claims;
	GPtrArray *deliveries, *lost;
	bool more;

	claims->taking--;
	claim_log_failure(outcome, "claim-failed");
	/* Claimed, but no longer ours to deliver: they are given back on leaving. */
	if (outcome->status != PIPELINE_COMMITTED || claims->worker->state != WORKER_UP) {
		claim_answer(request, NULL, false);
		return;
	}
	deliveries = g_ptr_array_new();
	lost = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
	queue_claimed_read(outcome->results[0], claims->campaigns, deliveries, lost);
	more = PQntuples(outcome->results[0]) > 0 &&
	    row_number(outcome->results[0], 0, CLAIM_MORE) != 0;
	claims_discard(claims, lost);
	g_ptr_array_unref(lost);
	if (claims->taking == 0)
		campaign_cache_sweep(claims->campaigns);
	claim_answer(request, deliveries, more);
}

static void
claims_add_held(struct queue_claims *claims, struct db_array *held)
{
	GHashTableIter iterator;
	void *campaign_id;

	g_hash_table_iter_init(&iterator, claims->campaigns);
	while (g_hash_table_iter_next(&iterator, &campaign_id, NULL))
		db_array_add_number(held, *(const int32_t *)campaign_id);
}

static void
claims_take(struct queue_claims *claims, struct claim_request *request)
{
	struct pipeline *pipeline = claims->worker->results;
	struct parameters parameters;

	claims->taking++;
	parameters_init(&parameters);
	parameters_add_number(&parameters, claims->worker->identity);
	parameters_add_number(&parameters, request->limit);
	parameters_add_number(&parameters, (int64_t)request->bytes);
	claims_add_held(claims, parameters_add_array(&parameters, DB_ARRAY_INT4));
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &queue_claim_statements[CLAIM_TAKE], &parameters);
	pipeline_commit(pipeline, claims_on_taken, request);
	parameters_clear(&parameters);
}

static void
claims_on_due(void *arg, const struct pipeline_outcome *outcome)
{
	struct claim_request *request = arg;
	int64_t when = INT64_MAX;

	claim_log_failure(outcome, "next-due-failed");
	if (outcome->status != PIPELINE_COMMITTED)
		when = -1;
	else if (PQntuples(outcome->results[0]) > 0)
		when = row_time(outcome->results[0], 0, 0);
	claim_answer_due(request, when);
}

static void
claims_ask_due(struct queue_claims *claims, struct claim_request *request)
{
	struct pipeline *pipeline = claims->worker->results;

	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &queue_claim_statements[CLAIM_NEXT_DUE], NULL);
	pipeline_commit(pipeline, claims_on_due, request);
}

static void
claim_request_refuse(struct claim_request *request)
{
	if (request->claimed != NULL)
		claim_answer(request, NULL, false);
	else
		claim_answer_due(request, -1);
}

static void
claims_on_flush(evutil_socket_t socket, short events, void *arg)
{
	struct queue_claims *claims = arg;
	GQueue waiting = claims->waiting;
	struct claim_request *request;

	(void)socket;
	(void)events;
	g_queue_init(&claims->waiting);
	while ((request = g_queue_pop_head(&waiting)) != NULL) {
		if (claims->worker->state != WORKER_UP ||
		    !pipeline_is_ready(claims->worker->results) ||
		    claims->outstanding > CLAIMS_OUTSTANDING_MAX)
			claim_request_refuse(request);
		else if (request->claimed != NULL)
			claims_take(claims, request);
		else
			claims_ask_due(claims, request);
	}
}

static struct claim_request *
claims_add(struct queue_claims *claims, void *arg)
{
	struct claim_request *request = g_new0(struct claim_request, 1);

	request->claims = claims;
	request->arg = arg;
	claims->outstanding++;
	g_queue_push_tail(&claims->waiting, request);
	event_active(claims->flush, EV_TIMEOUT, 0);
	return request;
}

void
queue_claim(struct db_worker *worker, unsigned limit, size_t bytes, queue_claimed *done, void *arg)
{
	struct claim_request *request = claims_add(worker->claims, arg);

	request->limit = limit;
	request->bytes = MIN(bytes, INT64_MAX);
	request->claimed = done;
}

void
queue_next_due(struct db_worker *worker, void (*done)(void *arg, int64_t when), void *arg)
{
	struct claim_request *request = claims_add(worker->claims, arg);

	request->due = done;
}

struct queue_claims *
queue_claims_create(struct db_worker *worker)
{
	struct queue_claims *claims = g_new0(struct queue_claims, 1);

	claims->worker = worker;
	claims->campaigns = campaign_cache_create();
	g_queue_init(&claims->waiting);
	claims->flush = event_new(worker->base, -1, 0, claims_on_flush, claims);
	return claims;
}

void
queue_claims_destroy(struct queue_claims *claims)
{
	GQueue waiting = claims->waiting;
	struct claim_request *request;

	g_queue_init(&claims->waiting);
	while ((request = g_queue_pop_head(&waiting)) != NULL)
		claim_request_refuse(request);
	g_hash_table_destroy(claims->campaigns);
	event_free(claims->flush);
	g_free(claims);
}
