#include "db/campaign_report.h"

#include "db/id.h"

#define MICROSECONDS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

enum campaign_column {
	COLUMN_ID,
	COLUMN_SUBJECT,
	COLUMN_FROM_EMAIL,
	COLUMN_FROM_NAME,
	COLUMN_OPTIONS,
	COLUMN_CREATED_AT,
	COLUMN_RECIPIENTS,
	COLUMN_DELIVERED,
	COLUMN_BOUNCES,
	COLUMN_UNSUBSCRIBES
};

static bool
campaign_tell(const PGresult *result, int row, campaign_each *each, void *arg)
{
	const struct campaign_information campaign = {
	    .campaign_id = (int32_t)db_get_number(result, row, COLUMN_ID),
	    .subject = PQgetvalue(result, row, COLUMN_SUBJECT),
	    .from_email = PQgetvalue(result, row, COLUMN_FROM_EMAIL),
	    .from_name = PQgetvalue(result, row, COLUMN_FROM_NAME),
	    .options = PQgetvalue(result, row, COLUMN_OPTIONS),
	    .created_at = db_get_number(result, row, COLUMN_CREATED_AT),
	    .recipients = db_get_number(result, row, COLUMN_RECIPIENTS),
	    .delivered = db_get_number(result, row, COLUMN_DELIVERED),
	    .bounces = db_get_number(result, row, COLUMN_BOUNCES),
	    .unsubscribes = db_get_number(result, row, COLUMN_UNSUBSCRIBES),
	};

	return each(arg, &campaign);
}

enum db_status
campaign_list(struct db_connection *connection, int64_t account_id,
    const struct campaign_query *query, campaign_each *each, void *arg, bool *more,
    struct error *error)
{
	/* $4 and $5: what enum campaign_sort names, and whether the last comes first. */
	static const char sql[] =
	    "WITH told AS (SELECT campaign_id, subject, from_email, from_name, options, "
	    "    " MICROSECONDS(
		"created_at") " AS created_at, recipients, "
			      "    (SELECT count(*) FROM smtp_log l WHERE l.account_id = $1 "
			      "      AND l.delivery_id BETWEEN c.first_delivery_id AND c.last_delivery_id "
			      "      AND l.campaign_id = c.campaign_id AND l.status = 'delivered') AS delivered, "
			      "    (SELECT count(*) FROM bounce b WHERE b.account_id = $1 "
			      "      AND b.campaign_id = c.campaign_id) AS bounces, "
			      "    (SELECT count(*) FROM suppression s WHERE s.account_id = $1 "
			      "      AND s.campaign_id = c.campaign_id AND s.kind = 'unsubscribe') AS unsubscribes "
			      "  FROM campaign c WHERE account_id = $1 AND ($7::int = 0 OR campaign_id = $7::int) "
			      "    AND " MICROSECONDS("created_at") " >= $2 AND " MICROSECONDS(
				  "created_at") " < $3), "
						"keyed AS (SELECT *, "
						"    CASE $4::int WHEN 0 THEN campaign_id WHEN 4 THEN created_at WHEN 5 THEN recipients "
						"      WHEN 6 THEN delivered WHEN 7 THEN bounces WHEN 8 THEN unsubscribes END AS number, "
						"    lower((CASE $4::int WHEN 1 THEN subject WHEN 2 THEN from_email "
						"      WHEN 3 THEN from_name END) COLLATE \"und-x-icu\") AS word FROM told) "
						"SELECT campaign_id, subject, from_email, from_name, options, created_at, recipients, "
						"  delivered, bounces, unsubscribes FROM keyed "
						"ORDER BY CASE WHEN $5::boolean THEN -number ELSE number END, "
						"  CASE WHEN NOT $5::boolean THEN word END, CASE WHEN $5::boolean THEN word END DESC, "
						"  campaign_id LIMIT $6";
	char account[DB_NUMBER_SIZE], begin[DB_NUMBER_SIZE], end[DB_NUMBER_SIZE];
	char sort[DB_NUMBER_SIZE], most[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(query->begin, begin),
	    db_number(query->end, end), db_number(query->sort, sort),
	    query->descending ? "true" : "false", db_number(CAMPAIGN_REPORT_MAX + 1, most),
	    db_number(query->campaign_id, campaign)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 7, values, &result, error);
	int rows;

	if (status != DB_STATUS_OK)
		return status;
	rows = PQntuples(result);
	*more = rows > CAMPAIGN_REPORT_MAX;
	for (int row = 0; row < rows && row < CAMPAIGN_REPORT_MAX; row++)
		if (!campaign_tell(result, row, each, arg))
			break;
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
campaign_counts_read(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    struct campaign_counts *counts, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT recipients, "
	    "  (SELECT count(*) FROM suppression WHERE account_id = $1 AND campaign_id = $2 "
	    "    AND kind = 'unsubscribe'), "
	    "  (SELECT count(*) FROM bounce WHERE account_id = $1 AND campaign_id = $2) "
	    "FROM campaign WHERE account_id = $1 AND campaign_id = $2";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	*found = PQntuples(result) > 0;
	if (*found)
		*counts = (struct campaign_counts){.recipients = db_get_number(result, 0, 0),
		    .unsubscribes = db_get_number(result, 0, 1),
		    .bounces = db_get_number(result, 0, 2)};
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
campaign_count_sent(struct db_connection *connection, int64_t account_id, int64_t begin,
    int64_t end, int64_t *count, struct error *error)
{
	/* No delivery that ended before $3 has an id of $4 or more: PostgreSQL skips those partitions. */
	static const char sql[] =
	    "WITH sent AS (SELECT message_id FROM smtp_log WHERE account_id = $1 AND delivery_id < $4 "
	    "    AND status = 'delivered' AND " MICROSECONDS(
		"finished_at") " >= $2 "
			       "    AND " MICROSECONDS(
				   "finished_at") " < $3) "
						  "SELECT (SELECT count(*) FROM sent) - (SELECT count(*) FROM sent JOIN message m "
						  "  ON m.account_id = $1 AND m.message_id = sent.message_id AND m.group_id = 0)";
	char account[DB_NUMBER_SIZE], since[DB_NUMBER_SIZE], until[DB_NUMBER_SIZE];
	char past[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(begin, since),
	    db_number(end, until), db_number(id_past(end), past)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 4, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	*count = db_get_number(result, 0, 0);
	PQclear(result);
	return DB_STATUS_OK;
}
