#include "db/delivery_history.h"

#include "db/conversation_row.h"
#include "db/id.h"
#include "db/row.h"

enum { ATTEMPT_PAGE = 20 };

enum history_column {
	HISTORY_ACCOUNT,
	HISTORY_CAMPAIGN_ID,
	HISTORY_RECIPIENT,
	HISTORY_STATE,
	HISTORY_ATTEMPTS,
	HISTORY_NEXT_ATTEMPT_AT,
	HISTORY_QUEUE,
	HISTORY_TAKEN_AT,
	HISTORY_SENDER,
	HISTORY_SUBJECT,
	HISTORY_GROUP,
	HISTORY_NOTE
};

#define NEXT_AT DB_MICROSECONDS("d.next_attempt_at")
#define TAKEN_AT DB_MICROSECONDS("COALESCE(m.received_at, c.created_at, d.known_at)")
#define FINISHED_AT DB_MICROSECONDS("finished_at")

/* Message and delivery are both named, so that the plan is about the tables of their days alone. */
static const char history_sql[] =
    "SELECT a.name, d.campaign_id, d.recipient, d.state, d.attempts, "
    "  CASE WHEN d.queue = 'waiting' THEN " NEXT_AT " END, d.queue, " TAKEN_AT ", "
    "  COALESCE(m.mail_from, c.from_email), COALESCE(m.subject, c.subject), g.name, m.note "
    "FROM (SELECT campaign_id, recipient, CASE WHEN attempts = 0 THEN 'Pending' ELSE 'Deferred' END AS state, "
    "    attempts, next_attempt_at, CASE WHEN claim IS NOT NULL THEN 'trying' WHEN isfinite(next_attempt_at) THEN 'waiting' "
    "    ELSE 'held' END AS queue, queued_at AS known_at, 1 AS rank "
    "  FROM queue WHERE account_id = $1 AND delivery_id = $2 "
    "  UNION ALL SELECT campaign_id, recipient, initcap(status::text), attempt, NULL, NULL, finished_at, 2 "
    "  FROM smtp_log WHERE account_id = $1 AND delivery_id = $2 AND status <> 'deferred' "
    "  UNION ALL SELECT campaign_id, recipient, 'Withdrawn', attempt, NULL, NULL, finished_at, 3 "
    "  FROM smtp_log WHERE account_id = $1 AND delivery_id = $2 AND status = 'deferred' "
    "  ORDER BY rank, attempts DESC LIMIT 1) AS d "
    "JOIN account AS a ON a.account_id = $1 "
    "LEFT JOIN message AS m ON m.account_id = $1 AND m.message_id = $3 "
    "LEFT JOIN campaign AS c ON c.account_id = $1 AND c.campaign_id = d.campaign_id "
    "LEFT JOIN transactional_group AS g ON g.account_id = $1 AND g.group_id = m.group_id";

enum db_status
delivery_history_read(struct db_connection *connection, const struct delivery_history_key *key,
    struct delivery_history *history, bool *found, struct error *error)
{
	char account[DB_NUMBER_SIZE], delivery[DB_NUMBER_SIZE], message[DB_NUMBER_SIZE];
	const char *values[] = {db_number(key->account_id, account),
	    db_number(key->delivery_id, delivery), db_number(key->message_id, message)};
	PGresult *result;
	enum db_status status =
	    db_query(connection, history_sql, G_N_ELEMENTS(values), values, &result, error);

	*found = status == DB_STATUS_OK && PQntuples(result) > 0;
	if (!*found) {
		PQclear(result);
		return status;
	}
	*history = (struct delivery_history){
	    .key = *key,
	    .campaign_id = (int32_t)db_get_number(result, 0, HISTORY_CAMPAIGN_ID),
	    .account = PQgetvalue(result, 0, HISTORY_ACCOUNT),
	    .group = row_text(result, 0, HISTORY_GROUP),
	    .sender = row_text(result, 0, HISTORY_SENDER),
	    .recipient = PQgetvalue(result, 0, HISTORY_RECIPIENT),
	    .subject = row_text(result, 0, HISTORY_SUBJECT),
	    .state = PQgetvalue(result, 0, HISTORY_STATE),
	    .note = row_text(result, 0, HISTORY_NOTE),
	    .attempts = (int)db_get_number(result, 0, HISTORY_ATTEMPTS),
	    .taken_at = db_get_number(result, 0, HISTORY_TAKEN_AT),
	    .next_attempt_at = db_get_number(result, 0, HISTORY_NEXT_ATTEMPT_AT),
	    .queue = row_text(result, 0, HISTORY_QUEUE),
	    .result = result,
	};
	return DB_STATUS_OK;
}

void
delivery_history_clear(struct delivery_history *history)
{
	g_clear_pointer(&history->result, PQclear);
}

enum attempt_column {
	ATTEMPT_NUMBER = CONVERSATION_COLUMN_COUNT,
	ATTEMPT_STATUS,
	ATTEMPT_FINISHED_AT
};

static enum db_status
attempt_tell(struct db_connection *connection, const PGresult *result, int row, int64_t account_id,
    GString *transcript, delivery_history_each *each, void *arg, struct error *error)
{
	struct delivery_attempt attempt = {
	    .number = (int)db_get_number(result, row, ATTEMPT_NUMBER),
	    .status = PQgetvalue(result, row, ATTEMPT_STATUS),
	    .finished_at = db_get_number(result, row, ATTEMPT_FINISHED_AT)};
	enum db_status status;

	g_string_truncate(transcript, 0);
	status = conversation_row_append(connection, result, row, account_id, transcript, error);
	if (status != DB_STATUS_OK)
		return status;
	attempt.transcript = transcript->str;
	each(arg, &attempt);
	return DB_STATUS_OK;
}

enum db_status
delivery_history_attempts(struct db_connection *connection, const struct delivery_history *history,
    delivery_history_each *each, void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT " CONVERSATION_COLUMNS ", attempt, status, " FINISHED_AT " FROM smtp_log "
	    "WHERE account_id = $1 AND delivery_id = $2 AND attempt > $3 AND attempt <= $4 "
	    "ORDER BY attempt LIMIT $5";
	char account[DB_NUMBER_SIZE], delivery[DB_NUMBER_SIZE], last[DB_NUMBER_SIZE] = "0";
	char attempts[DB_NUMBER_SIZE], page[DB_NUMBER_SIZE];
	const char *values[] = {db_number(history->key.account_id, account),
	    db_number(history->key.delivery_id, delivery), last,
	    db_number(history->attempts, attempts), db_number(ATTEMPT_PAGE, page)};
	g_autoptr(GString) transcript = g_string_new(NULL);
	int rows = ATTEMPT_PAGE;

	while (rows == ATTEMPT_PAGE) {
		PGresult *result;
		enum db_status status =
		    db_query(connection, sql, G_N_ELEMENTS(values), values, &result, error);

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		for (int row = 0; row < rows && status == DB_STATUS_OK; row++)
			status = attempt_tell(connection, result, row, history->key.account_id,
			    transcript, each, arg, error);
		if (rows > 0)
			g_strlcpy(last, PQgetvalue(result, rows - 1, ATTEMPT_NUMBER), sizeof(last));
		PQclear(result);
		if (status != DB_STATUS_OK)
			return status;
	}
	return DB_STATUS_OK;
}

enum report_column {
	REPORT_KIND,
	REPORT_REPLY,
	REPORT_DIAGNOSTIC,
	REPORT_CLIENT,
	REPORT_RECEIVED_AT
};

#define RECEIVED_AT DB_MICROSECONDS("received_at")

enum db_status
delivery_history_reports(struct db_connection *connection, const struct delivery_history_key *key,
    delivery_history_each_report *each, void *arg, struct error *error)
{
	/* A report's id is of the day that it came, which is not before the delivery's. */
	static const char sql[] =
	    "SELECT kind, nullif(concat_ws(' ', smtp_code, status_code), ''), diagnostic, client, " RECEIVED_AT
	    " "
	    "FROM bounce_report WHERE account_id = $1 AND delivery_id = $2 AND report_id >= $3 "
	    "ORDER BY received_at, report_id LIMIT $4";
	char account[DB_NUMBER_SIZE], delivery[DB_NUMBER_SIZE], floor[DB_NUMBER_SIZE];
	char most[DB_NUMBER_SIZE];
	const char *values[] = {db_number(key->account_id, account),
	    db_number(key->delivery_id, delivery),
	    db_number(key->delivery_id >> ID_DAY_SHIFT << ID_DAY_SHIFT, floor),
	    db_number(DELIVERY_HISTORY_REPORTS_MAX, most)};
	PGresult *result;
	enum db_status status =
	    db_query(connection, sql, G_N_ELEMENTS(values), values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		struct delivery_report report = {.kind = PQgetvalue(result, row, REPORT_KIND),
		    .reply = row_text(result, row, REPORT_REPLY),
		    .diagnostic = PQgetvalue(result, row, REPORT_DIAGNOSTIC),
		    .client = PQgetvalue(result, row, REPORT_CLIENT),
		    .received_at = db_get_number(result, row, REPORT_RECEIVED_AT)};

		each(arg, &report);
	}
	PQclear(result);
	return DB_STATUS_OK;
}
