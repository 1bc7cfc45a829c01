/* Taking what is due where shards have it: asks what there is to take of each account, then takes it of each. */
#include "db/queue_claim_private.h"

#include "db/row.h"

enum { DIVIDE_ACCOUNT_ID, DIVIDE_ROWS, DIVIDE_BYTES, DIVIDE_DUE };

/* What came of the accounts of one request so far. */
struct claim_gathering {
	struct claim_request *request;
	unsigned parts; /* not answered yet */
	bool is_any_taken;
	bool more;
	GPtrArray *deliveries; /* struct delivery */
};

/* What one account had is ours, and is delivered, though another's failed; unless all was lost since. */
static void
gathering_finish(struct claim_gathering *gathering)
{
	const struct db_worker *worker = gathering->request->claims->worker;

	if (gathering->is_any_taken && worker->state == WORKER_UP) {
		g_ptr_array_set_free_func(gathering->deliveries, NULL);
		claim_answer(gathering->request, gathering->deliveries, gathering->more);
	} else {
		g_ptr_array_unref(gathering->deliveries);
		claim_answer(gathering->request, NULL, false);
	}
	g_free(gathering);
}

static void
gathering_on_taken(void *arg, const struct pipeline_outcome *outcome)
{
	struct claim_gathering *gathering = arg;
	bool more = false;

	if (claims_read_taken(gathering->request->claims, outcome, gathering->deliveries, &more)) {
		gathering->is_any_taken = true;
		gathering->more |= more;
	}
	if (--gathering->parts == 0)
		gathering_finish(gathering);
}

/* The pipeline is ready: at least the first is sent. */
static void
gathering_send(struct claim_gathering *gathering, const PGresult *accounts)
{
	struct queue_claims *claims = gathering->request->claims;
	int64_t rows = 0;

	for (int row = 0; row < PQntuples(accounts) && pipeline_is_ready(claims->worker->results);
	     row++) {
		unsigned limit = (unsigned)row_number(accounts, row, DIVIDE_ROWS);

		rows += limit;
		gathering->parts++;
		claims_send_take(claims, limit, (size_t)row_number(accounts, row, DIVIDE_BYTES),
		    row_number(accounts, row, DIVIDE_ACCOUNT_ID), gathering_on_taken, gathering);
	}
	gathering->more = rows < row_number(accounts, 0, DIVIDE_DUE);
}

static void
claims_on_divided(void *arg, const struct pipeline_outcome *outcome)
{
	struct claim_request *request = arg;
	const struct db_worker *worker = request->claims->worker;
	struct claim_gathering *gathering;

	claim_log_failure(outcome, "claim-failed");
	if (outcome->status != PIPELINE_COMMITTED || worker->state != WORKER_UP ||
	    !pipeline_is_ready(worker->results)) {
		claim_answer(request, NULL, false);
	} else if (PQntuples(outcome->results[0]) == 0) {
		claim_answer(request, g_ptr_array_new(), false);
	} else {
		gathering = g_new0(struct claim_gathering, 1);
		gathering->request = request;
		gathering->deliveries =
		    g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
		gathering_send(gathering, outcome->results[0]);
	}
}

void
claims_take_divided(struct queue_claims *claims, struct claim_request *request)
{
	struct pipeline *pipeline = claims->worker->results;
	struct parameters parameters;

	parameters_init(&parameters);
	parameters_add_number(&parameters, request->limit);
	parameters_add_number(&parameters, (int64_t)request->bytes);
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &queue_claim_statements[CLAIM_DIVIDE], &parameters);
	pipeline_commit(pipeline, claims_on_divided, request);
	parameters_clear(&parameters);
}
