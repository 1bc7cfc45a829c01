/* Taking what is due, and asking when more will be. */
#include "db/queue_claim_private.h"

#include "base/log.h"

#include "db/queue_claimed.h"
#include "db/row.h"

enum { CLAIMS_OUTSTANDING_MAX = 64 };

static void
claim_request_finish(struct claim_request *request)
{
	request->claims->outstanding--;
	g_free(request);
}

void
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

void
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

bool
claims_read_taken(struct queue_claims *claims, const struct pipeline_outcome *outcome,
    GPtrArray *deliveries, bool *more)
{
	const PGresult *result;
	GPtrArray *lost;

	claims->taking--;
	claim_log_failure(outcome, "claim-failed");
	/* Claimed, but no longer ours to deliver: they are given back on leaving. */
	if (outcome->status != PIPELINE_COMMITTED || claims->worker->state != WORKER_UP)
		return false;
	result = outcome->results[0];
	lost = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
	queue_claimed_read(result, claims->campaigns, deliveries, lost);
	*more = PQntuples(result) > 0 && row_number(result, 0, CLAIM_MORE) != 0;
	claims_discard(claims, lost);
	g_ptr_array_unref(lost);
	if (claims->taking == 0)
		campaign_cache_sweep(claims->campaigns);
	return true;
}

static void
claims_on_taken(void *arg, const struct pipeline_outcome *outcome)
{
	struct claim_request *request = arg;
	GPtrArray *deliveries = g_ptr_array_new();
	bool more;

	if (claims_read_taken(request->claims, outcome, deliveries, &more)) {
		claim_answer(request, deliveries, more);
		return;
	}
	g_ptr_array_unref(deliveries);
	claim_answer(request, NULL, false);
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

void
claims_send_take(struct queue_claims *claims, unsigned limit, size_t bytes, int64_t account_id,
    pipeline_done *done, void *arg)
{
	struct pipeline *pipeline = claims->worker->results;
	enum claim_statement statement = account_id == 0 ? CLAIM_TAKE : CLAIM_TAKE_OF_ONE;
	struct parameters parameters;

	claims->taking++;
	parameters_init(&parameters);
	parameters_add_number(&parameters, claims->worker->identity);
	parameters_add_number(&parameters, limit);
	parameters_add_number(&parameters, (int64_t)bytes);
	claims_add_held(claims, parameters_add_array(&parameters, DB_ARRAY_INT4));
	if (account_id != 0)
		parameters_add_number(&parameters, account_id);
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &queue_claim_statements[statement], &parameters);
	pipeline_commit(pipeline, done, arg);
	parameters_clear(&parameters);
}

static void
claims_take(struct queue_claims *claims, struct claim_request *request)
{
	if (pipeline_is_distributed(claims->worker->results))
		claims_take_divided(claims, request);
	else
		claims_send_take(
		    claims, request->limit, request->bytes, 0, claims_on_taken, request);
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
