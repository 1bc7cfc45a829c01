#include "db/delivery_trouble.h"

#include <glib.h>

#include "db/conversation_row.h"
#include "db/id.h"

enum trouble_column {
	TROUBLE_ACCOUNT_ID = CONVERSATION_COLUMN_COUNT,
	TROUBLE_ACCOUNT,
	TROUBLE_AT,
	TROUBLE_RESULT
};

#define TROUBLE_COLUMNS                                                                                     \
	"l.delivery_id, l.recipient, l.transcript, l.conversation, l.account_id, a.name, " DB_MICROSECONDS( \
	    "l.finished_at") ", l.result "

static enum db_status
trouble_tell(struct db_connection *connection, PGresult *result, delivery_trouble_each *each,
    void *arg, struct error *error)
{
	GString *transcript = g_string_new(NULL);
	enum db_status status = DB_STATUS_OK;

	for (int row = 0; row < PQntuples(result) && status == DB_STATUS_OK; row++) {
		struct delivery_trouble trouble = {
		    .delivery_id = db_get_number(result, row, CONVERSATION_DELIVERY),
		    .at = db_get_number(result, row, TROUBLE_AT),
		    .account = PQgetvalue(result, row, TROUBLE_ACCOUNT),
		    .recipient = PQgetvalue(result, row, CONVERSATION_RECIPIENT),
		    .result = PQgetvalue(result, row, TROUBLE_RESULT),
		};

		g_string_truncate(transcript, 0);
		status = conversation_row_append(connection, result, row,
		    db_get_number(result, row, TROUBLE_ACCOUNT_ID), transcript, error);
		trouble.transcript = transcript->str;
		if (status == DB_STATUS_OK)
			each(arg, &trouble);
	}
	g_string_free(transcript, TRUE);
	PQclear(result);
	return status;
}

enum db_status
delivery_trouble_last(struct db_connection *connection, int64_t delivery_id,
    delivery_trouble_each *each, void *arg, struct error *error)
{
	/* By the primary key, which begins with the account, for each of them: the planner would read the whole day otherwise. */
	static const char sql[] =
	    "SELECT " TROUBLE_COLUMNS "FROM account AS a CROSS JOIN LATERAL ("
	    "  SELECT * FROM smtp_log WHERE account_id = a.account_id AND delivery_id = $1 "
	    "  ORDER BY attempt DESC LIMIT 1) AS l";
	char delivery[DB_NUMBER_SIZE];
	const char *values[] = {db_number(delivery_id, delivery)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 1, values, &result, error);

	return status == DB_STATUS_OK ? trouble_tell(connection, result, each, arg, error) : status;
}

enum db_status
delivery_trouble_newest(struct db_connection *connection, int64_t since, int limit,
    delivery_trouble_each *each, void *arg, struct error *error)
{
	static const char sql[] =
	    "WITH trouble AS MATERIALIZED (SELECT recent.account_id, recent.delivery_id, recent.attempt "
	    "  FROM account AS owner CROSS JOIN LATERAL ("
	    "    SELECT account_id, delivery_id, attempt, status, finished_at FROM smtp_log "
	    "    WHERE account_id = owner.account_id AND delivery_id >= $1 "
	    "    ORDER BY delivery_id DESC, attempt DESC LIMIT $2) AS recent "
	    "  WHERE recent.status <> 'delivered' ORDER BY recent.finished_at DESC LIMIT $3) "
	    "SELECT " TROUBLE_COLUMNS
	    "FROM trouble JOIN smtp_log AS l USING (account_id, delivery_id, attempt) "
	    "JOIN account AS a ON a.account_id = l.account_id ORDER BY l.finished_at DESC";
	char first[DB_NUMBER_SIZE], looked_at[DB_NUMBER_SIZE], most[DB_NUMBER_SIZE];
	const char *values[] = {db_number(id_floor(since), first),
	    db_number(DELIVERY_TROUBLE_LOOKED_AT, looked_at), db_number(limit, most)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 3, values, &result, error);

	return status == DB_STATUS_OK ? trouble_tell(connection, result, each, arg, error) : status;
}
