#include "db/bounce_record.h"

#include <glib.h>

#include "base/log.h"

#include "db/row.h"
#include "db/unsubscribe_sql.h"
#include "db/worker_private.h"

/*
 * A report may overtake the record of the attempt it is about: then the delivery is in the queue still.
 * $1 account, $2 delivery, $3 kind, $4 SMTP code (0: none), $5 status code (empty: none), $6 whom it names, $7 words, $8 client, $9 whether
 * it is about the address itself, $10 to $17 the report to the sender (NULL: none). A bounce counts once a delivery; an address that is on a
 * list keeps its entry.
 */
const struct pipeline_statement bounce_record_statements[] = {
    {"bounce_record",
	"WITH mailed AS ("
	" SELECT campaign_id, recipient FROM smtp_log "
	" WHERE account_id = $1::bigint AND delivery_id = $2::bigint "
	" UNION ALL SELECT campaign_id, recipient FROM queue "
	" WHERE account_id = $1::bigint AND delivery_id = $2::bigint LIMIT 1"
	"), earlier AS (SELECT count(*) AS reports FROM (SELECT FROM bounce_report "
	" WHERE account_id = $1::bigint AND delivery_id = $2::bigint "
	" AND kind = $3::bounce_report_kind AND report_id >= $2::bigint >> 36 << 36 "
	" LIMIT 100) AS each"
	"), ids AS MATERIALIZED (SELECT array_agg(id) AS id FROM ids_new(3) AS id"
	"), reported AS (INSERT INTO bounce_report (account_id, report_id, delivery_id, campaign_id, kind, "
	" recipient, reported_recipient, smtp_code, status_code, diagnostic, client) "
	" SELECT $1::bigint, id[1], $2::bigint, campaign_id, $3::bounce_report_kind, "
	" mailed.recipient, $6::text, NULLIF($4::int, 0), NULLIF($5::text, ''), $7::text, $8::text "
	" FROM mailed, ids, account, earlier WHERE account.account_id = $1::bigint "
	" AND reports < 100 RETURNING *"
	"), bounced AS (INSERT INTO bounce (account_id, delivery_id, campaign_id, email_address, "
	"  smtp_code, status_code, definitive, created_at) "
	" SELECT account_id, delivery_id, campaign_id, recipient, smtp_code, "
	"  COALESCE(status_code, CASE kind WHEN 'transient' THEN '4.0.0' ELSE '5.0.0' END), "
	"  $9::boolean, received_at FROM reported WHERE kind <> 'complaint' "
	" ON CONFLICT (account_id, delivery_id) DO NOTHING RETURNING *"
	"), listed AS (INSERT INTO suppression (account_id, kind, email_address, smtp_code, "
	"  status_code, campaign_id, created_at) "
	" SELECT account_id, 'bounce'::suppression_kind, email_address, smtp_code, status_code, "
	"  campaign_id, created_at FROM bounced WHERE definitive "
	" UNION ALL SELECT account_id, 'unsubscribe', recipient, NULL, NULL, campaign_id, "
	"  received_at FROM reported WHERE kind = 'complaint' "
	" ON CONFLICT (account_id, address_key, kind) DO NOTHING "
	" RETURNING account_id, kind, email_address"
	"), stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, "
	"  smtputf8, client, mail_from, subject, content, tls) "
	" SELECT account_id, id[2], now(), 0, octet_length($15::bytea || $16::bytea), $10::boolean, "
	"  $11::text, $12::text, $13::text, $15::bytea || $16::bytea, NULLIF($17::int, 0) "
	" FROM bounced, ids WHERE $16::bytea IS NOT NULL"
	"), queued AS (INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, "
	"  next_attempt_at) "
	" SELECT account_id, id[3], id[2], $14::text, now(), now() "
	" FROM bounced, ids WHERE $16::bytea IS NOT NULL RETURNING account_id"
	") SELECT (SELECT count(pg_notify('bracemail_queue', '')) FROM queued), "
	" (SELECT count(" UNSUBSCRIBE_SQL_ANNOUNCE ") FROM listed WHERE kind = 'unsubscribe') "
	"FROM reported"},
    {NULL, NULL},
};

struct bounce_record_call {
	bounce_recorded *done;
	void *arg;
};

static enum db_outcome
record_outcome(const struct pipeline_outcome *outcome)
{
	switch (outcome->status) {
	case PIPELINE_COMMITTED:
		return DB_OK;
	case PIPELINE_FAILED:
		log_error("bounce-record-failed", "sqlstate=%s reason=\"%s\"",
		    outcome->failure.sqlstate, outcome->failure.text);
		return outcome->failure.meaning == FAILURE_CONTENT ? DB_REFUSED : DB_UNAVAILABLE;
	case PIPELINE_LOST:
		break;
	}
	return DB_UNAVAILABLE;
}

static void
record_on_done(void *arg, const struct pipeline_outcome *outcome)
{
	struct bounce_record_call *call = arg;
	enum db_outcome result = record_outcome(outcome);

	call->done(call->arg, result, result == DB_OK && PQntuples(outcome->results[0]) > 0);
	g_free(call);
}

static void
add_report(struct parameters *parameters, const struct message *report)
{
	static const struct message none = {0};
	const struct message_recipient *to = report != NULL ? report->recipients->pdata[0] : NULL;
	const struct message *said = report != NULL ? report : &none;

	parameters_add_text(parameters, said->smtputf8 ? "true" : "false");
	parameters_add_text(parameters, said->client);
	parameters_add_text(parameters, said->mail_from);
	parameters_add_text(parameters, said->subject);
	parameters_add_text(parameters, to != NULL ? to->address : NULL);
	parameters_add_bytes(parameters, report != NULL ? report->head->str : NULL,
	    report != NULL ? report->head->len : 0);
	parameters_add_bytes(parameters, report != NULL ? report->body->str : NULL,
	    report != NULL ? report->body->len : 0);
	parameters_add_number(parameters, said->tls);
}

bool
bounce_record_put(
    struct db_worker *worker, const struct bounce_record *record, bounce_recorded *done, void *arg)
{
	struct bounce_record_call *call;
	struct parameters parameters;

	if (!pipeline_is_ready(worker->lookup))
		return false;
	call = g_new0(struct bounce_record_call, 1);
	call->done = done;
	call->arg = arg;
	parameters_init(&parameters);
	parameters_add_number(&parameters, record->account_id);
	parameters_add_number(&parameters, record->delivery_id);
	parameters_add_text(&parameters, record->kind);
	parameters_add_number(&parameters, record->smtp_code);
	parameters_add_text(&parameters, record->status);
	parameters_add_text(&parameters, record->recipient);
	parameters_add_text(&parameters, record->text);
	parameters_add_text(&parameters, record->client);
	parameters_add_text(&parameters, record->is_definitive ? "true" : "false");
	add_report(&parameters, record->report);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, bounce_record_statements, &parameters);
	pipeline_commit(worker->lookup, record_on_done, call);
	parameters_clear(&parameters);
	return true;
}
