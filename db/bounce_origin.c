#include "db/bounce_origin.h"

#include "base/log.h"

#include "db/row.h"
#include "db/worker_private.h"

enum origin_column {
	ORIGIN_RECIPIENT,
	ORIGIN_NOTIFY,
	ORIGIN_ORIGINAL_RECIPIENT,
	ORIGIN_MESSAGE_ID,
	ORIGIN_RECEIVED_AT,
	ORIGIN_CLIENT,
	ORIGIN_MAIL_FROM,
	ORIGIN_DSN_RETURN,
	ORIGIN_ENVELOPE_ID,
	ORIGIN_TLS,
	ORIGIN_CONTENT
};

/* A report may overtake the record of the attempt it is about: then the delivery is in the queue still. */
const struct pipeline_statement bounce_origin_statements[] = {
    {"bounce_origin",
	"SELECT d.recipient, d.notify, d.original_recipient, m.message_id, m.received_at, m.client, "
	" m.mail_from, m.dsn_return, m.envelope_id, m.tls, substring(m.content FOR $3::int + 1) FROM ("
	" SELECT message_id, recipient, notify, original_recipient FROM smtp_log "
	" WHERE account_id = $1::bigint AND delivery_id = $2::bigint AND status = 'delivered' "
	" UNION ALL SELECT message_id, recipient, notify, original_recipient FROM queue "
	" WHERE account_id = $1::bigint AND delivery_id = $2::bigint LIMIT 1) AS d "
	"JOIN message AS m ON m.account_id = $1::bigint AND m.message_id = d.message_id "
	"WHERE m.composition IS NULL"},
    {NULL, NULL},
};

struct bounce_origin_call {
	int64_t account_id, delivery_id;
	bounce_origin_found *done;
	void *arg;
};

static struct message *
origin_message(const PGresult *result, int64_t account_id)
{
	struct message *message = message_create();

	message->account_id = account_id;
	message->message_id = row_number(result, 0, ORIGIN_MESSAGE_ID);
	message->received_at = row_time(result, 0, ORIGIN_RECEIVED_AT);
	message->client = g_strdup(row_text(result, 0, ORIGIN_CLIENT));
	message->mail_from = g_strdup(row_text(result, 0, ORIGIN_MAIL_FROM));
	message->dsn_return = (enum dsn_return)row_number(result, 0, ORIGIN_DSN_RETURN);
	message->envelope_id = g_strdup(row_text(result, 0, ORIGIN_ENVELOPE_ID));
	message->tls = (enum message_tls)row_number(result, 0, ORIGIN_TLS);
	message_split_content(message, PQgetvalue(result, 0, ORIGIN_CONTENT),
	    (size_t)PQgetlength(result, 0, ORIGIN_CONTENT));
	return message;
}

static struct delivery *
origin_delivery(const PGresult *result, const struct bounce_origin_call *call)
{
	struct delivery *delivery;

	if (PQntuples(result) == 0)
		return NULL;
	delivery = g_new0(struct delivery, 1);
	delivery->account_id = call->account_id;
	delivery->delivery_id = call->delivery_id;
	delivery->recipient = g_strdup(row_text(result, 0, ORIGIN_RECIPIENT));
	delivery->notify = (unsigned)row_number(result, 0, ORIGIN_NOTIFY);
	delivery->original_recipient = g_strdup(row_text(result, 0, ORIGIN_ORIGINAL_RECIPIENT));
	delivery->message = origin_message(result, call->account_id);
	return delivery;
}

static void
origin_on_read(void *arg, const struct pipeline_outcome *outcome)
{
	struct bounce_origin_call *call = arg;

	if (outcome->status == PIPELINE_FAILED)
		log_error("bounce-origin-failed", "sqlstate=%s reason=\"%s\"",
		    outcome->failure.sqlstate, outcome->failure.text);
	if (outcome->status == PIPELINE_COMMITTED)
		call->done(call->arg, DB_OK, origin_delivery(outcome->results[0], call));
	else
		call->done(call->arg, DB_UNAVAILABLE, NULL);
	g_free(call);
}

bool
bounce_origin_find(struct db_worker *worker, int64_t account_id, int64_t delivery_id, size_t bytes,
    bounce_origin_found *done, void *arg)
{
	struct bounce_origin_call *call;
	struct parameters parameters;

	if (!pipeline_is_ready(worker->lookup))
		return false;
	call = g_new0(struct bounce_origin_call, 1);
	call->account_id = account_id;
	call->delivery_id = delivery_id;
	call->done = done;
	call->arg = arg;
	parameters_init(&parameters);
	parameters_add_number(&parameters, account_id);
	parameters_add_number(&parameters, delivery_id);
	parameters_add_number(&parameters, (int64_t)bytes);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, bounce_origin_statements, &parameters);
	pipeline_commit(worker->lookup, origin_on_read, call);
	parameters_clear(&parameters);
	return true;
}
