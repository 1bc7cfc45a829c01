#include "db/record_batch.h"

#include "db/worker_private.h"

enum record_statement {
	RECORD_LOG,
	RECORD_LOG_AGAIN,
	RECORD_BOUNCE,
	RECORD_REPORT,
	RECORD_WAKE,
	RECORD_REMOVE,
	RECORD_DEFER
};

#define RECORD_ROWS                                                                                      \
	"INSERT INTO smtp_log AS l (account_id, delivery_id, attempt, status, message_id, campaign_id, " \
	" finished_at, recipient, result, transcript, conversation, unsent, notify, "                    \
	" original_recipient) "                                                                          \
	"SELECT r.account_id, r.delivery_id, r.attempt, r.status::attempt_status, r.message_id, "        \
	" r.campaign_id, r.finished_at, r.recipient, r.result, r.transcript, r.conversation, "           \
	" r.unsent, r.notify, r.original_recipient "                                                     \
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "         \
	" unnest($3::int[]) AS attempt, unnest($4::text[]) AS status, "                                  \
	" unnest($5::bigint[]) AS message_id, unnest($6::int[]) AS campaign_id, "                        \
	" unnest($7::timestamptz[]) AS finished_at, unnest($8::text[]) AS recipient, "                   \
	" unnest($9::text[]) AS result, unnest($10::text[]) AS transcript, "                             \
	" unnest($11::bytea[]) AS conversation, unnest($12::text[]) AS unsent, "                         \
	" unnest($13::int[]) AS notify, unnest($14::text[]) AS original_recipient) AS r "

const struct pipeline_statement queue_record_statements[] = {
    [RECORD_LOG] = {"record_log", RECORD_ROWS},
    /* When some are there already. Two workers may both have made attempt n of a delivery, the one thinking the other dead: then one
     * row holds both conversations, and the better result. Writing a record again changes nothing. */
    [RECORD_LOG_AGAIN] = {"record_log_again",
	RECORD_ROWS
	"ON CONFLICT (account_id, delivery_id, attempt) DO UPDATE SET "
	" status = LEAST(l.status, EXCLUDED.status), "
	" notify = COALESCE(l.notify, EXCLUDED.notify), "
	" original_recipient = COALESCE(l.original_recipient, EXCLUDED.original_recipient), "
	" result = CASE WHEN EXCLUDED.status < l.status THEN EXCLUDED.result ELSE l.result END, "
	" finished_at = GREATEST(l.finished_at, EXCLUDED.finished_at), "
	" unsent = COALESCE(l.unsent, EXCLUDED.unsent), "
	" transcript = NULLIF(COALESCE(l.transcript, '') || COALESCE(EXCLUDED.transcript, ''), ''), "
	" conversation = CASE WHEN l.conversation IS NULL THEN EXCLUDED.conversation "
	"  ELSE l.conversation || COALESCE(EXCLUDED.conversation, '') END "
	"WHERE COALESCE(position(EXCLUDED.transcript IN l.transcript), 0) = 0 "
	" AND COALESCE(position(EXCLUDED.conversation IN l.conversation), 0) = 0"},
    /* Once a delivery; an address that is on the list keeps the entry that it has. In order, so that
     * two workers wait for each other in one direction only. */
    [RECORD_BOUNCE] = {"record_bounce",
	"WITH bounced AS (INSERT INTO bounce (account_id, delivery_id, campaign_id, email_address, "
	"  smtp_code, status_code, definitive, created_at) "
	" SELECT r.account_id, r.delivery_id, r.campaign_id, r.email_address, r.smtp_code, "
	"  r.status_code, r.definitive, r.created_at "
	" FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "
	"  unnest($3::int[]) AS campaign_id, unnest($4::text[]) AS email_address, "
	"  unnest($5::int[]) AS smtp_code, unnest($6::text[]) AS status_code, "
	"  unnest($7::bool[]) AS definitive, unnest($8::timestamptz[]) AS created_at) AS r "
	" JOIN account USING (account_id) "
	" ON CONFLICT (account_id, delivery_id) DO NOTHING RETURNING bounce.*) "
	"INSERT INTO suppression (account_id, kind, email_address, smtp_code, status_code, campaign_id, "
	" created_at) "
	"SELECT DISTINCT ON (account_id, address_key) account_id, 'bounce'::suppression_kind, "
	" email_address, smtp_code, status_code, campaign_id, created_at "
	"FROM bounced WHERE definitive ORDER BY account_id, address_key, delivery_id "
	"ON CONFLICT (account_id, address_key, kind) DO NOTHING"},
    /* What senders are told. Only of a delivery that the queue still has, and once of its delay, so that a record that is
     * written again, or by two workers, makes one report. $12 DSN_NOTIFY_TOLD. */
    [RECORD_REPORT] = {"record_report",
	"WITH r AS MATERIALIZED (SELECT unnest($1::bigint[]) AS account_id, "
	"  unnest($2::bigint[]) AS delivery_id, unnest($3::bool[]) AS is_delay, "
	"  unnest($4::timestamptz[]) AS received_at, unnest($5::bool[]) AS smtputf8, "
	"  unnest($6::text[]) AS client, unnest($7::text[]) AS mail_from, "
	"  unnest($8::text[]) AS subject, unnest($9::text[]) AS recipient, "
	"  unnest($10::bytea[]) AS content, unnest($11::int[]) AS tls"
	"), told AS (UPDATE queue AS q SET notify = COALESCE(q.notify, 0) | $12::int "
	" FROM (SELECT DISTINCT account_id, delivery_id, is_delay FROM r) AS one "
	" WHERE q.account_id = one.account_id AND q.delivery_id = one.delivery_id "
	"  AND NOT (one.is_delay AND COALESCE(q.notify, 0) & $12::int <> 0) "
	" RETURNING q.account_id, q.delivery_id"
	"), made AS MATERIALIZED (SELECT r.*, row_number() OVER () AS number "
	" FROM told JOIN r USING (account_id, delivery_id)"
	"), ids AS MATERIALIZED (SELECT array_agg(id) AS id "
	" FROM ids_new((SELECT 2 * count(*) FROM made)) AS id"
	"), stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, "
	"  smtputf8, client, mail_from, subject, content, tls) "
	" SELECT account_id, id[2 * number], received_at, 0, octet_length(content), smtputf8, client, "
	"  mail_from, subject, content, tls FROM made, ids) "
	"INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, next_attempt_at) "
	"SELECT account_id, id[2 * number - 1], id[2 * number], recipient, received_at, received_at "
	"FROM made, ids"},
    [RECORD_WAKE] = {"record_wake", "SELECT pg_notify('bracemail_queue', '') IS NULL"},
    /* Whoever claims it now: what was delivered is not sent again. */
    [RECORD_REMOVE] = {"record_remove",
	"DELETE FROM queue AS q USING "
	" (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id) AS r "
	"WHERE q.account_id = r.account_id AND q.delivery_id = r.delivery_id"},
    /* attempts NULL: given back unattempted. Not when another worker has claimed it meanwhile. What was
     * held meanwhile stays so.
     * $5 this worker, $6 its former self. */
    [RECORD_DEFER] = {"record_defer",
	"UPDATE queue AS q SET claim = NULL, attempts = GREATEST(r.attempts, q.attempts), "
	" next_attempt_at = CASE WHEN q.next_attempt_at = 'infinity' THEN q.next_attempt_at "
	"  ELSE r.next_attempt_at END "
	"FROM (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id, "
	" unnest($3::int[]) AS attempts, unnest($4::timestamptz[]) AS next_attempt_at) AS r "
	"WHERE q.account_id = r.account_id AND q.delivery_id = r.delivery_id "
	"AND (q.claim IS NULL OR q.claim IN ($5::bigint, $6::bigint))"},
    {NULL, NULL},
};

static const char *const attempt_status_names[] = {
    [ATTEMPT_DELIVERED] = "delivered",
    [ATTEMPT_DEFERRED] = "deferred",
    [ATTEMPT_FAILED] = "failed",
};

static bool
record_ends(const struct record *record)
{
	return record->attempt != NULL && record->attempt->status != ATTEMPT_DEFERRED;
}

static void
record_execute(struct pipeline *pipeline, enum record_statement statement,
    struct parameters *parameters, const struct db_array *rows)
{
	if (db_array_count(rows) > 0)
		pipeline_execute(pipeline, &queue_record_statements[statement], parameters);
	parameters_clear(parameters);
}

/* Of the message, or of the campaign, that it belongs to; 0: to none. */
static int64_t
record_message_id(const struct delivery *delivery)
{
	return delivery->message != NULL ? delivery->message->message_id : 0;
}

static int64_t
record_campaign_id(const struct delivery *delivery)
{
	return delivery->message != NULL ? 0 : delivery->composition->campaign_id;
}

/* What was delivered may bounce later. */
static void
record_add_asked(
    struct db_array *notify, struct db_array *original_recipient, const struct record *record)
{
	bool is_delivered = record->attempt->status == ATTEMPT_DELIVERED;

	db_array_add_number_or_null(notify, is_delivered ? record->delivery->notify : 0);
	db_array_add_text(
	    original_recipient, is_delivered ? record->delivery->original_recipient : NULL, -1);
}

/* In one of both columns. */
static void
record_add_conversation(
    struct db_array *transcript, struct db_array *conversation, const struct record *record)
{
	const GString *text = record->attempt->transcript, *bytes = record->conversation;

	if (bytes != NULL) {
		db_array_add_null(transcript);
		db_array_add_bytes(conversation, bytes->str, bytes->len, "", 0);
	} else {
		db_array_add_text(transcript, text->str, (ssize_t)text->len);
		db_array_add_null(conversation);
	}
}

static void
record_execute_log(struct record_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id, *attempt, *status, *message_id, *campaign_id,
	    *finished_at, *recipient, *result, *transcript, *conversation, *unsent, *notify,
	    *original_recipient;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	attempt = parameters_add_array(&p, DB_ARRAY_INT4);
	status = parameters_add_array(&p, DB_ARRAY_TEXT);
	message_id = parameters_add_array(&p, DB_ARRAY_INT8);
	campaign_id = parameters_add_array(&p, DB_ARRAY_INT4);
	finished_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	result = parameters_add_array(&p, DB_ARRAY_TEXT);
	transcript = parameters_add_array(&p, DB_ARRAY_TEXT);
	conversation = parameters_add_array(&p, DB_ARRAY_BYTEA);
	unsent = parameters_add_array(&p, DB_ARRAY_TEXT);
	notify = parameters_add_array(&p, DB_ARRAY_INT4);
	original_recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	for (guint i = 0; i < batch->list->len; i++) {
		const struct record *record = batch->list->pdata[i];

		if (record->attempt == NULL)
			continue;
		db_array_add_number(account_id, record->delivery->account_id);
		db_array_add_number(delivery_id, record->delivery->delivery_id);
		db_array_add_number(attempt, record->attempt->number);
		db_array_add_text(status, attempt_status_names[record->attempt->status], -1);
		db_array_add_number_or_null(message_id, record_message_id(record->delivery));
		db_array_add_number_or_null(campaign_id, record_campaign_id(record->delivery));
		db_array_add_time(finished_at, record->attempt->finished_at);
		db_array_add_text(recipient, record->delivery->recipient, -1);
		db_array_add_text(result,
		    record->attempt->status == ATTEMPT_DELIVERED ? NULL : record->attempt->result,
		    -1);
		record_add_conversation(transcript, conversation, record);
		db_array_add_text(unsent, record->attempt->unsent, -1);
		record_add_asked(notify, original_recipient, record);
	}
	record_execute(pipeline, batch->again ? RECORD_LOG_AGAIN : RECORD_LOG, &p, delivery_id);
}

static void
record_execute_bounce(struct record_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id, *campaign_id, *email_address, *smtp_code,
	    *status_code, *definitive, *created_at;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	campaign_id = parameters_add_array(&p, DB_ARRAY_INT4);
	email_address = parameters_add_array(&p, DB_ARRAY_TEXT);
	smtp_code = parameters_add_array(&p, DB_ARRAY_INT4);
	status_code = parameters_add_array(&p, DB_ARRAY_TEXT);
	definitive = parameters_add_array(&p, DB_ARRAY_BOOL);
	created_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	for (guint i = 0; i < batch->list->len; i++) {
		const struct record *record = batch->list->pdata[i];
		const struct attempt *attempt = record->attempt;

		if (attempt == NULL || attempt->bounce == ATTEMPT_BOUNCE_NONE)
			continue;
		db_array_add_number(account_id, record->delivery->account_id);
		db_array_add_number(delivery_id, record->delivery->delivery_id);
		db_array_add_number_or_null(campaign_id, record_campaign_id(record->delivery));
		db_array_add_text(email_address, record->delivery->recipient, -1);
		db_array_add_number_or_null(smtp_code, attempt->smtp_code);
		db_array_add_text(status_code, attempt_code(attempt), -1);
		db_array_add_bool(definitive, attempt->bounce == ATTEMPT_BOUNCE_DEFINITIVE);
		db_array_add_time(created_at, attempt->finished_at);
	}
	record_execute(pipeline, RECORD_BOUNCE, &p, delivery_id);
}

/* The columns of what is told. */
struct report_columns {
	struct db_array *account_id, *delivery_id, *is_delay, *received_at, *smtputf8, *client,
	    *mail_from, *subject, *recipient, *content, *tls;
};

static void
record_add_report(
    struct report_columns *to, const struct record *record, const struct message *report)
{
	const struct message_recipient *recipient = report->recipients->pdata[0];

	db_array_add_number(to->account_id, report->account_id);
	db_array_add_number(to->delivery_id, record->delivery->delivery_id);
	db_array_add_bool(to->is_delay, !record_ends(record));
	db_array_add_time(to->received_at, report->received_at);
	db_array_add_bool(to->smtputf8, report->smtputf8);
	db_array_add_text(to->client, report->client, -1);
	db_array_add_text(to->mail_from, report->mail_from, -1);
	db_array_add_text(to->subject, report->subject, -1);
	db_array_add_text(to->recipient, recipient->address, -1);
	db_array_add_bytes(to->content, report->head->str, report->head->len, report->body->str,
	    report->body->len);
	db_array_add_number_or_null(to->tls, report->tls);
}

static void
record_execute_report(struct record_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct report_columns columns;
	bool any;

	parameters_init(&p);
	columns.account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	columns.delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	columns.is_delay = parameters_add_array(&p, DB_ARRAY_BOOL);
	columns.received_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	columns.smtputf8 = parameters_add_array(&p, DB_ARRAY_BOOL);
	columns.client = parameters_add_array(&p, DB_ARRAY_TEXT);
	columns.mail_from = parameters_add_array(&p, DB_ARRAY_TEXT);
	columns.subject = parameters_add_array(&p, DB_ARRAY_TEXT);
	columns.recipient = parameters_add_array(&p, DB_ARRAY_TEXT);
	columns.content = parameters_add_array(&p, DB_ARRAY_BYTEA);
	columns.tls = parameters_add_array(&p, DB_ARRAY_INT4);
	for (guint i = 0; i < batch->list->len; i++) {
		const struct record *record = batch->list->pdata[i];

		for (guint n = 0; record->attempt != NULL && n < record->attempt->reports->len; n++)
			record_add_report(&columns, record, record->attempt->reports->pdata[n]);
	}
	parameters_add_number(&p, DSN_NOTIFY_TOLD);
	any = db_array_count(columns.delivery_id) > 0;
	record_execute(pipeline, RECORD_REPORT, &p, columns.delivery_id);
	if (any)
		pipeline_execute(pipeline, &queue_record_statements[RECORD_WAKE], NULL);
}

static void
record_execute_remove(struct record_batch *batch, struct pipeline *pipeline)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	for (guint i = 0; i < batch->list->len; i++) {
		const struct record *record = batch->list->pdata[i];

		if (!record_ends(record))
			continue;
		db_array_add_number(account_id, record->delivery->account_id);
		db_array_add_number(delivery_id, record->delivery->delivery_id);
	}
	record_execute(pipeline, RECORD_REMOVE, &p, delivery_id);
}

static void
record_execute_defer(
    struct record_batch *batch, struct pipeline *pipeline, int64_t identity, int64_t former)
{
	struct parameters p;
	struct db_array *account_id, *delivery_id, *attempts, *next_attempt_at;

	parameters_init(&p);
	account_id = parameters_add_array(&p, DB_ARRAY_INT8);
	delivery_id = parameters_add_array(&p, DB_ARRAY_INT8);
	attempts = parameters_add_array(&p, DB_ARRAY_INT4);
	next_attempt_at = parameters_add_array(&p, DB_ARRAY_TIMESTAMPTZ);
	for (guint i = 0; i < batch->list->len; i++) {
		const struct record *record = batch->list->pdata[i];

		if (record_ends(record))
			continue;
		db_array_add_number(account_id, record->delivery->account_id);
		db_array_add_number(delivery_id, record->delivery->delivery_id);
		if (record->attempt != NULL)
			db_array_add_number(attempts, record->attempt->number);
		else
			db_array_add_null(attempts);
		db_array_add_time(next_attempt_at, record->due_at);
	}
	parameters_add_number(&p, identity);
	parameters_add_number(&p, former);
	record_execute(pipeline, RECORD_DEFER, &p, delivery_id);
}

void
record_batch_send(struct record_batch *batch, struct pipeline *pipeline, int64_t identity,
    int64_t former, pipeline_done *done)
{
	pipeline_begin(pipeline);
	if (batch->logged) {
		record_execute_log(batch, pipeline);
		record_execute_bounce(batch, pipeline);
		record_execute_report(batch, pipeline);
	}
	record_execute_remove(batch, pipeline);
	record_execute_defer(batch, pipeline, identity, former);
	pipeline_commit(pipeline, done, batch);
}
