#include "db/unsubscribe_record.h"

#include <glib.h>

#include "base/log.h"

#include "db/unsubscribe_sql.h"
#include "db/worker_private.h"

const struct pipeline_statement unsubscribe_record_statements[] = {
    {"unsubscribe_record", UNSUBSCRIBE_SQL_PUT},
    {NULL, NULL},
};

struct unsubscribe_record_call {
	unsubscribe_recorded *done;
	void *arg;
};

static void
record_on_done(void *arg, const struct pipeline_outcome *outcome)
{
	struct unsubscribe_record_call *call = arg;

	if (outcome->status == PIPELINE_FAILED)
		log_error("unsubscribe-record-failed", "sqlstate=%s reason=\"%s\"",
		    outcome->failure.sqlstate, outcome->failure.text);
	if (outcome->status == PIPELINE_COMMITTED)
		call->done(call->arg, DB_OK, PQntuples(outcome->results[0]) > 0);
	else
		call->done(call->arg, DB_UNAVAILABLE, false);
	g_free(call);
}

bool
unsubscribe_record_put(struct db_worker *worker, const struct delivery_token *delivery,
    unsubscribe_recorded *done, void *arg)
{
	struct unsubscribe_record_call *call;
	struct parameters parameters;

	if (!pipeline_is_ready(worker->lookup))
		return false;
	call = g_new0(struct unsubscribe_record_call, 1);
	call->done = done;
	call->arg = arg;
	parameters_init(&parameters);
	parameters_add_number(&parameters, delivery->account_id);
	parameters_add_number(&parameters, delivery->delivery_id);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, unsubscribe_record_statements, &parameters);
	pipeline_commit(worker->lookup, record_on_done, call);
	parameters_clear(&parameters);
	return true;
}
