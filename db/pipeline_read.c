/* Results as they come in, given to the transactions they belong to. */
#include "db/pipeline_private.h"

void
pipeline_transaction_finish(struct pipeline_transaction *transaction, enum pipeline_status status)
{
	struct pipeline_outcome outcome = {.status = status, .failure = transaction->failure};

	if (status == PIPELINE_COMMITTED)
		outcome.results =
		    (PGresult *const *)transaction->results->pdata + transaction->is_block;
	transaction->done(transaction->arg, &outcome);
	g_ptr_array_unref(transaction->results);
	g_free(transaction);
}

static void
pipeline_take_result(struct pipeline *pipeline, PGresult *result)
{
	struct pipeline_transaction *transaction = g_queue_peek_head(&pipeline->transactions);

	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		if (--transaction->syncs > 0)
			return;
		g_queue_pop_head(&pipeline->transactions);
		pipeline_transaction_finish(
		    transaction, transaction->failed ? PIPELINE_FAILED : PIPELINE_COMMITTED);
		return;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_PIPELINE_ABORTED: /* after the statement that failed */
		break;
	default:
		if (!transaction->failed)
			failure_read(result, &transaction->failure);
		transaction->failed = true;
		if (transaction->failure.meaning == FAILURE_READ_ONLY)
			pipeline_break(pipeline, transaction->failure.text);
	}
	transaction->answered = true;
	g_ptr_array_add(transaction->results, result);
}

/* PQgetResult() says NULL at the end of each statement's results, and also when nothing is there. */
static void
pipeline_take_results(struct pipeline *pipeline)
{
	/* PQisBusy() reads, and what it reads may be the reason to believe nothing more. */
	while (!pipeline->broken && !g_queue_is_empty(&pipeline->transactions) &&
	    !PQisBusy(pipeline->connection) && !pipeline->broken) {
		struct pipeline_transaction *transaction =
		    g_queue_peek_head(&pipeline->transactions);
		PGresult *result = PQgetResult(pipeline->connection);

		if (result != NULL)
			pipeline_take_result(pipeline, result);
		else if (transaction->answered)
			transaction->answered = false;
		else
			break;
		if (PQstatus(pipeline->connection) == CONNECTION_BAD)
			pipeline_break(pipeline, NULL);
	}
}

static void
pipeline_take_notifications(struct pipeline *pipeline)
{
	PGnotify *notification;

	while ((notification = PQnotifies(pipeline->connection)) != NULL) {
		if (pipeline->events.notified != NULL)
			pipeline->events.notified(
			    pipeline->arg, notification->relname, notification->extra);
		PQfreemem(notification);
	}
}

static void
pipeline_read(struct pipeline *pipeline)
{
	if (!PQconsumeInput(pipeline->connection))
		pipeline_break(pipeline, NULL);
	/* Consuming may have sent what waited, or left it waiting. */
	if (!pipeline->broken)
		pipeline_flush(pipeline);
	pipeline_take_results(pipeline);
	if (pipeline->state == PIPELINE_STATE_READY)
		pipeline_take_notifications(pipeline);
	pipeline_arm_answer_timer(pipeline);
}

void
pipeline_on_readable(evutil_socket_t socket, short events, void *arg)
{
	struct pipeline *pipeline = arg;

	(void)socket;
	(void)events;
	if (pipeline->state == PIPELINE_STATE_CONNECTING)
		pipeline_connect_poll(pipeline);
	else
		pipeline_read(pipeline);
	if (pipeline->broken)
		pipeline_lose(pipeline);
}

void
pipeline_on_writable(evutil_socket_t socket, short events, void *arg)
{
	struct pipeline *pipeline = arg;

	(void)socket;
	(void)events;
	if (pipeline->state == PIPELINE_STATE_CONNECTING)
		pipeline_connect_poll(pipeline);
	else
		pipeline_flush(pipeline);
	if (pipeline->broken)
		pipeline_lose(pipeline);
}
