#include "db/message_batch.h"

#include "base/clock.h"

#include "db/refusal.h"
#include "db/row.h"
#include "db/worker_private.h"

/* Where their answers are in what the batch came to. */
enum batch_result { BATCH_RESULT_HOLD, BATCH_RESULT_SUPPRESSED };

/*
 * Arrays become rows by unnest() in the select list, not in FROM: there they stream, here a function scan would
 * first copy each batch into a tuplestore.
 */
const struct pipeline_statement message_store_statements[] = {
    /* While the batch lasts nobody can find this worker dead: see worker_identity.c. $1 this worker. */
    [MESSAGE_BATCH_HOLD] = {"store_hold",
	"SELECT worker_id FROM worker WHERE worker_id = $1::int FOR KEY SHARE"},

    /* Who of those that this worker delivers is not to be mailed; the others are looked up when they
     * are claimed. */
    [MESSAGE_BATCH_SUPPRESSED] = {"store_suppressed",
	"SELECT r.delivery_id, " SUPPRESSED_COLUMNS " "
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "
	" unnest($3::text[]) AS recipient) AS r "
	"CROSS JOIN LATERAL suppression_of(r.account_id, r.recipient) AS s"},

    /* The groups that are new; in order, so that two workers wait for each other in one direction only. */
    [MESSAGE_BATCH_GROUPS] = {"store_groups",
	"INSERT INTO transactional_group (account_id, name) "
	"SELECT DISTINCT ON (w.account_id, w.name_key) w.account_id, w.name "
	"FROM (SELECT account_id, name, lower(name COLLATE \"und-x-icu\") AS name_key "
	" FROM unnest($1::bigint[], $2::text[]) AS named (account_id, name)) AS w "
	"JOIN account AS a ON a.account_id = w.account_id "
	"WHERE NOT EXISTS (SELECT FROM transactional_group AS g "
	" WHERE g.account_id = w.account_id AND g.name_key = w.name_key) "
	"ORDER BY w.account_id, w.name_key "
	"ON CONFLICT (account_id, name_key) DO NOTHING"},

    /* A group that was renamed or deleted since is NULL here: the batch fails, and is tried again.
     * $16 and $17: head and body of a large message, alone in its batch. */
    [MESSAGE_BATCH_MESSAGES] = {"store_messages",
	"INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, "
	" mail_from, subject, note, dsn_return, envelope_id, tls, content) "
	"SELECT m.account_id, m.message_id, m.received_at, CASE "
	" WHEN m.group_id IS NULL AND m.group_name IS NOT NULL THEN "
	"  (SELECT g.group_id FROM transactional_group AS g WHERE g.account_id = m.account_id "
	"   AND g.name_key = lower(m.group_name COLLATE \"und-x-icu\")) "
	" ELSE COALESCE("
	"  (SELECT g.group_id FROM transactional_group AS g WHERE g.account_id = m.account_id "
	"   AND g.group_id = m.group_id), "
	"  (SELECT g.group_id FROM transactional_group AS g WHERE g.account_id = m.account_id "
	"   AND g.is_default)) END, "
	" m.size, m.smtputf8, m.client, m.mail_from, m.subject, m.note, m.dsn_return, m.envelope_id, "
	" m.tls, COALESCE(m.content, $16::bytea || $17::bytea) "
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS message_id, "
	" unnest($3::timestamptz[]) AS received_at, unnest($4::int[]) AS group_id, "
	" unnest($5::text[]) AS group_name, unnest($6::int[]) AS size, unnest($7::bool[]) AS smtputf8, "
	" unnest($8::text[]) AS client, unnest($9::text[]) AS mail_from, unnest($10::text[]) AS subject, "
	" unnest($11::text[]) AS note, unnest($12::int[]) AS dsn_return, "
	" unnest($13::text[]) AS envelope_id, unnest($14::int[]) AS tls, "
	" unnest($15::bytea[]) AS content) AS m"},

    /* $8 whether this worker delivers it, $9 this worker. */
    [MESSAGE_BATCH_QUEUE] = {"store_queue",
	"INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, next_attempt_at, "
	" notify, original_recipient, claim) "
	"SELECT q.account_id, q.delivery_id, q.message_id, q.recipient, q.queued_at, q.queued_at, "
	" q.notify, q.original_recipient, "
	" CASE WHEN q.mine THEN (SELECT w.worker_id FROM worker AS w WHERE w.worker_id = $9::int) END "
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "
	" unnest($3::bigint[]) AS message_id, unnest($4::text[]) AS recipient, "
	" unnest($5::timestamptz[]) AS queued_at, unnest($6::int[]) AS notify, "
	" unnest($7::text[]) AS original_recipient, unnest($8::bool[]) AS mine) AS q"},

    [MESSAGE_BATCH_REFUSED] = {"store_refused",
	"INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, started_at, "
	" finished_at, recipient, result, transcript) "
	"SELECT r.account_id, r.delivery_id, 1, r.status::attempt_status, r.message_id, r.started_at, "
	" r.finished_at, r.recipient, r.result, r.transcript "
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "
	" unnest($3::text[]) AS status, unnest($4::bigint[]) AS message_id, "
	" unnest($5::timestamptz[]) AS started_at, unnest($6::timestamptz[]) AS finished_at, "
	" unnest($7::text[]) AS recipient, unnest($8::text[]) AS result, "
	" unnest($9::text[]) AS transcript) AS r"},

    [MESSAGE_BATCH_USAGE] = {"store_usage",
	"SELECT account_usage_add($1::bigint[], $2::bigint[]) IS NULL"},

    [MESSAGE_BATCH_NOTIFY] = {"store_notify", "SELECT pg_notify('bracemail_queue', '') IS NULL"},
    [MESSAGE_BATCH_IDS] = {"store_ids",
	"SELECT nextval('id_block') FROM generate_series(1, $1::int)"},
    [MESSAGE_BATCH_PARTITIONS] = {"store_partitions", "SELECT partitions_ensure($1::int) IS NULL"},
    {NULL, NULL},
};

size_t
message_batch_ids(const struct message *message)
{
	return 1 + message->recipients->len;
}

static void
batch_give_ids(struct message_batch *batch, struct id_source *ids)
{
	int64_t now = clock_now();

	for (guint i = 0; i < batch->requests->len; i++) {
		struct message_request *request = batch->requests->pdata[i];
		struct message *message = request->message;

		message->message_id = id_source_take(ids, now);
		message_show_id(message);
		for (guint n = 0; n < message->recipients->len; n++) {
			struct message_recipient *recipient = message->recipients->pdata[n];

			recipient->delivery_id = id_source_take(ids, now);
		}
	}
}

static void
batch_execute(struct pipeline *pipeline, enum message_batch_statement statement,
    struct parameters *parameters)
{
	pipeline_execute(pipeline, &message_store_statements[statement], parameters);
	parameters_clear(parameters);
}

static void
batch_execute_hold(struct message_batch *batch, struct pipeline *pipeline)
{
	struct parameters parameters;

	parameters_init(&parameters);
	parameters_add_number(&parameters, batch->identity);
	batch_execute(pipeline, MESSAGE_BATCH_HOLD, &parameters);
}

static void
batch_execute_suppressed(struct message_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id, *recipient;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		const struct message *message = request->message;
		bool sent =
		    message->disposition == MESSAGE_DELIVER && request->claim == MESSAGE_CLAIM_MINE;

		for (guint n = 0; sent && n < message->recipients->len; n++) {
			const struct message_recipient *to = message->recipients->pdata[n];

			db_array_add_number(account_id, message->account_id);
			db_array_add_number(delivery_id, to->delivery_id);
			db_array_add_text(recipient, to->address, -1);
		}
	}
	batch_execute(pipeline, MESSAGE_BATCH_SUPPRESSED, &p);
}

/* Each pair of account and group name once. */
static void
batch_execute_groups(struct message_batch *batch, struct pipeline *pipeline)
{
	GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct parameters parameters;
	struct db_array *accounts, *names;

	parameters_init(&parameters);
	accounts = parameters_add_array(&parameters, DB_ARRAY_INT8);
	names = parameters_add_array(&parameters, DB_ARRAY_TEXT);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		const struct message *message = request->message;

		if (message->group_id != 0 || message->group_name == NULL ||
		    !g_hash_table_add(seen,
			g_strdup_printf(
			    "%" G_GINT64_FORMAT " %s", message->account_id, message->group_name)))
			continue;
		db_array_add_number(accounts, message->account_id);
		db_array_add_text(names, message->group_name, -1);
	}
	if (db_array_count(names) > 0)
		batch_execute(pipeline, MESSAGE_BATCH_GROUPS, &parameters);
	else
		parameters_clear(&parameters);
	g_hash_table_destroy(seen);
}

static void
batch_add_group(struct db_array *ids, struct db_array *names, const struct message *message)
{
	if (message->group_id != 0)
		db_array_add_number(ids, message->group_id);
	else
		db_array_add_null(ids);
	db_array_add_text(names, message->group_name, -1);
}

static bool
batch_is_large(const struct message_batch *batch)
{
	const struct message_request *request = batch->requests->pdata[0];

	return request->message->disposition == MESSAGE_DELIVER &&
	    message_size(request->message) >= MESSAGE_LARGE;
}

static void
batch_add_content(struct db_array *contents, const struct message *message)
{
	if (message->disposition != MESSAGE_DELIVER || message_size(message) >= MESSAGE_LARGE)
		db_array_add_null(contents);
	else
		db_array_add_bytes(contents, message->head->str, message->head->len,
		    message->body->str, message->body->len);
}

static void
batch_execute_messages(struct message_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *message_id, *received_at, *group_id, *group_name, *size,
	    *smtputf8, *client, *mail_from, *subject, *note, *dsn_return, *envelope_id, *tls,
	    *content;
	const struct message_request *first = batch->requests->pdata[0];
	bool large = batch_is_large(batch);

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	message_id = parameters_add_array(&p, DB_ARRAY_INT8);
	received_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	group_id = parameters_add_array(&p, DB_ARRAY_INT4);
	group_name = parameters_add_array(&p, DB_ARRAY_TEXT);
	size = parameters_add_array(&p, DB_ARRAY_INT4);
	smtputf8 = parameters_add_array(&p, DB_ARRAY_BOOL);
	client = parameters_add_array(&p, DB_ARRAY_TEXT);
	mail_from = parameters_add_array(&p, DB_ARRAY_TEXT);
	subject = parameters_add_array(&p, DB_ARRAY_TEXT);
	note = parameters_add_array(&p, DB_ARRAY_TEXT);
	dsn_return = parameters_add_array(&p, DB_ARRAY_INT4);
	envelope_id = parameters_add_array(&p, DB_ARRAY_TEXT);
	tls = parameters_add_array(&p, DB_ARRAY_INT4);
	content = parameters_add_array(&p, DB_ARRAY_BYTEA);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		const struct message *message = request->message;

		db_array_add_number(account_id, message->account_id);
		db_array_add_number(message_id, message->message_id);
		db_array_add_time(received_at, message->received_at);
		batch_add_group(group_id, group_name, message);
		db_array_add_number(size, (int32_t)MIN(message_size(message), INT32_MAX));
		db_array_add_bool(smtputf8, message->smtputf8);
		db_array_add_text(client, message->client, -1);
		db_array_add_text(mail_from, message->mail_from, -1);
		db_array_add_text(subject, message->subject, -1);
		db_array_add_text(note, message->note, -1);
		db_array_add_number_or_null(dsn_return, message->dsn_return);
		db_array_add_text(envelope_id, message->envelope_id, -1);
		db_array_add_number_or_null(tls, message->tls);
		batch_add_content(content, message);
	}
	parameters_add_bytes(
	    &p, large ? first->message->head->str : NULL, first->message->head->len);
	parameters_add_bytes(
	    &p, large ? first->message->body->str : NULL, first->message->body->len);
	batch_execute(pipeline, MESSAGE_BATCH_MESSAGES, &p);
}

static void
batch_execute_queue(struct message_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id, *message_id, *recipient, *queued_at, *notify,
	    *original_recipient, *mine;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	message_id = parameters_add_array(&p, DB_ARRAY_INT8);
	recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	queued_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	notify = parameters_add_array(&p, DB_ARRAY_INT4);
	original_recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	mine = parameters_add_array(&p, DB_ARRAY_BOOL);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		const struct message *message = request->message;

		for (guint n = 0;
		     message->disposition == MESSAGE_DELIVER && n < message->recipients->len; n++) {
			const struct message_recipient *to = message->recipients->pdata[n];

			db_array_add_number(account_id, message->account_id);
			db_array_add_number(delivery_id, to->delivery_id);
			db_array_add_number(message_id, message->message_id);
			db_array_add_text(recipient, to->address, -1);
			db_array_add_time(queued_at, message->received_at);
			db_array_add_number_or_null(notify, to->notify);
			db_array_add_text(original_recipient, to->original_recipient, -1);
			db_array_add_bool(mine, request->claim == MESSAGE_CLAIM_MINE);
		}
	}
	parameters_add_number(&p, batch->identity);
	if (db_array_count(delivery_id) > 0)
		batch_execute(pipeline, MESSAGE_BATCH_QUEUE, &p);
	else
		parameters_clear(&p);
}

static void
batch_execute_refused(struct message_batch *batch, struct pipeline *pipeline)
{
	int64_t now = clock_now();
	struct parameters p;
	struct db_array *account_id, *delivery_id, *status, *message_id, *started_at, *finished_at,
	    *recipient, *result, *transcript;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	status = parameters_add_array(&p, DB_ARRAY_TEXT);
	message_id = parameters_add_array(&p, DB_ARRAY_INT8);
	started_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	finished_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	result = parameters_add_array(&p, DB_ARRAY_TEXT);
	transcript = parameters_add_array(&p, DB_ARRAY_TEXT);
	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		const struct message *message = request->message;
		const struct refusal refusal = {.disposition = message->disposition,
		    .reason = message->refusal,
		    .node = batch->node,
		    .received_at = message->received_at,
		    .refused_at = now};
		g_autofree char *text = NULL, *outcome = NULL;

		if (message->disposition == MESSAGE_DELIVER)
			continue;
		text = refusal_transcript(&refusal);
		outcome = refusal_result(message->disposition);
		for (guint n = 0; n < message->recipients->len; n++) {
			const struct message_recipient *to = message->recipients->pdata[n];

			db_array_add_number(account_id, message->account_id);
			db_array_add_number(delivery_id, to->delivery_id);
			db_array_add_text(status, refusal_status(message->disposition), -1);
			db_array_add_number(message_id, message->message_id);
			db_array_add_time(started_at, message->received_at);
			db_array_add_time(finished_at, now);
			db_array_add_text(recipient, to->address, -1);
			db_array_add_text(result, outcome, -1);
			db_array_add_text(transcript, text, -1);
		}
	}
	if (db_array_count(delivery_id) > 0)
		batch_execute(pipeline, MESSAGE_BATCH_REFUSED, &p);
	else
		parameters_clear(&p);
}

/* What each account sends; the database counts it where there is a limit. */
static void
batch_execute_usage(struct message_batch *batch, struct pipeline *pipeline)
{
	GHashTable *sent = g_hash_table_new(g_int64_hash, g_int64_equal); /* to recipients */
	struct parameters p;
	struct db_array *account_id, *added;
	GHashTableIter iterator;
	gpointer key, count;

	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];
		struct message *message = request->message;

		if (message->disposition != MESSAGE_DELIVER)
			continue;
		count = g_hash_table_lookup(sent, &message->account_id);
		g_hash_table_insert(sent, &message->account_id,
		    GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + message->recipients->len));
	}
	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	added = parameters_add_array(&p, DB_ARRAY_INT8);
	g_hash_table_iter_init(&iterator, sent);
	while (g_hash_table_iter_next(&iterator, &key, &count)) {
		db_array_add_number(account_id, *(const int64_t *)key);
		db_array_add_number(added, GPOINTER_TO_UINT(count));
	}
	if (db_array_count(account_id) > 0)
		batch_execute(pipeline, MESSAGE_BATCH_USAGE, &p);
	else
		parameters_clear(&p);
	g_hash_table_destroy(sent);
}

void
message_batch_send(struct message_batch *batch, struct pipeline *pipeline, struct id_source *ids,
    pipeline_done *done)
{
	batch_give_ids(batch, ids);
	pipeline_begin(pipeline);
	batch_execute_hold(batch, pipeline);
	batch_execute_suppressed(batch, pipeline);
	batch_execute_groups(batch, pipeline);
	batch_execute_messages(batch, pipeline);
	batch_execute_queue(batch, pipeline);
	batch_execute_refused(batch, pipeline);
	/* Locks a row of each account that has a limit: for no longer than the commit takes. */
	batch_execute_usage(batch, pipeline);
	if (batch->notify)
		pipeline_execute(pipeline, &message_store_statements[MESSAGE_BATCH_NOTIFY], NULL);
	pipeline_commit(pipeline, done, batch);
}

/* The batch's recipients by their delivery ids. */
static GHashTable *
batch_recipients(const struct message_batch *batch)
{
	GHashTable *recipients = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < batch->requests->len; i++) {
		const struct message_request *request = batch->requests->pdata[i];

		for (guint n = 0; n < request->message->recipients->len; n++) {
			struct message_recipient *to = request->message->recipients->pdata[n];

			g_hash_table_insert(recipients, &to->delivery_id, to);
		}
	}
	return recipients;
}

static void
batch_read_suppressed(struct message_batch *batch, const PGresult *result)
{
	GHashTable *recipients;

	if (PQntuples(result) == 0)
		return;
	recipients = batch_recipients(batch);
	for (int row = 0; row < PQntuples(result); row++) {
		int64_t delivery_id = row_number(result, row, 0);
		struct message_recipient *to = g_hash_table_lookup(recipients, &delivery_id);

		to->suppression = suppressed_read(result, row, 1);
	}
	g_hash_table_destroy(recipients);
}

bool
message_batch_read(struct message_batch *batch, const struct pipeline_outcome *outcome)
{
	batch_read_suppressed(batch, outcome->results[BATCH_RESULT_SUPPRESSED]);
	return PQntuples(outcome->results[BATCH_RESULT_HOLD]) == 1;
}
