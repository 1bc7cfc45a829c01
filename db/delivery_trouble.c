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

enum { TROUBLE_KEYS = 3 }; /* columns of the log's key */

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
delivery_trouble_last(struct db_connection *connection, int64_t account_id, int64_t delivery_id,
    delivery_trouble_each *each, void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT " TROUBLE_COLUMNS
	    "FROM smtp_log AS l JOIN account AS a ON a.account_id = l.account_id "
	    "WHERE l.account_id = $1 AND l.delivery_id = $2 ORDER BY l.attempt DESC LIMIT 1";
	char account[DB_NUMBER_SIZE], delivery[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(delivery_id, delivery)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	return status == DB_STATUS_OK ? trouble_tell(connection, result, each, arg, error) : status;
}

/* One row: the keys of the attempts, as three arrays. */
static enum db_status
trouble_find(struct db_connection *connection, int64_t since, int limit, PGresult **keys,
    struct error *error)
{
	static const char sql[] =
	    "SELECT array_agg(account_id), array_agg(delivery_id), array_agg(attempt) FROM ("
	    "  SELECT account_id, delivery_id, attempt FROM attempts_in_trouble($1, $2) "
	    "  ORDER BY finished_at DESC LIMIT $3) AS newest";
	char first[DB_NUMBER_SIZE], looked_at[DB_NUMBER_SIZE], most[DB_NUMBER_SIZE];
	const char *values[] = {db_number(id_floor(since), first),
	    db_number(DELIVERY_TROUBLE_LOOKED_AT, looked_at), db_number(limit, most)};

	return db_query(connection, sql, TROUBLE_KEYS, values, keys, error);
}

enum db_status
delivery_trouble_newest(struct db_connection *connection, int64_t since, int limit,
    delivery_trouble_each *each, void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT " TROUBLE_COLUMNS
	    "FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS u (account_id, delivery_id, attempt) "
	    "JOIN smtp_log AS l ON l.account_id = u.account_id AND l.delivery_id = u.delivery_id "
	    " AND l.attempt = u.attempt "
	    "JOIN account AS a ON a.account_id = l.account_id ORDER BY l.finished_at DESC";
	const char *values[TROUBLE_KEYS];
	PGresult *keys, *result = NULL;
	enum db_status status = trouble_find(connection, since, limit, &keys, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int i = 0; i < TROUBLE_KEYS; i++)
		values[i] = PQgetvalue(keys, 0, i);
	if (!PQgetisnull(keys, 0, 0))
		status = db_query(connection, sql, TROUBLE_KEYS, values, &result, error);
	PQclear(keys);
	return result != NULL ? trouble_tell(connection, result, each, arg, error) : status;
}
