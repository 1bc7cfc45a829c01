#include "db/smtp_log.h"

#include "db/conversation_row.h"
#include "db/id.h"

enum { DELIVERY_PAGE = 5000, COLUMN_ATTEMPT = CONVERSATION_COLUMN_COUNT };

/* Rows of CONVERSATION_COLUMNS; an answer without rows means that there is no such delivery. */
static enum db_status
conversations_take(struct db_connection *connection, PGresult *result, int64_t account_id,
    GString *log, char **recipient, bool *found, struct error *error)
{
	enum db_status status = DB_STATUS_OK;

	for (int row = 0; row < PQntuples(result) && status == DB_STATUS_OK; row++)
		status = conversation_row_append(connection, result, row, account_id, log, error);
	*found = status == DB_STATUS_OK && PQntuples(result) > 0;
	if (*found && recipient != NULL)
		*recipient = g_strdup(PQgetvalue(result, 0, CONVERSATION_RECIPIENT));
	PQclear(result);
	return status;
}

enum db_status
smtp_log_read_campaign(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    const char *address, GString *log, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT " CONVERSATION_COLUMNS " FROM conversations_of_recipient($1, $2, $3)";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {
	    db_number(account_id, account), db_number(campaign_id, campaign), address};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 3, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	return conversations_take(connection, result, account_id, log, NULL, found, error);
}

const char *
smtp_log_campaign_statement(int64_t day)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(day * 86400);
	g_autofree char *table = g_date_time_format(date, "smtp_log_%Y%m%d");
	g_autofree char *sql = g_strdup_printf(
	    "SELECT " CONVERSATION_COLUMNS ", attempt FROM %s WHERE account_id = $1 "
	    "AND address_hash(account_id, recipient) = address_hash($1, $3) "
	    "AND (recipient = $3 OR address_fold(recipient) = address_fold($3)) AND campaign_id = $2",
	    table);

	return g_intern_string(sql);
}

void
smtp_log_ask_campaign(struct smtp_log_read *read, int64_t account_id, int32_t campaign_id,
    const char *statement, const char *address)
{
	read->read = (struct db_read){.sql = statement,
	    .count = 3,
	    .values = {db_number(account_id, read->account), db_number(campaign_id, read->campaign),
		address}};
}

static gint
attempt_compare(gconstpointer row, gconstpointer other_row, gpointer result)
{
	int one = *(const int *)row, other = *(const int *)other_row;
	int64_t difference = db_get_number(result, one, CONVERSATION_DELIVERY) -
	    db_get_number(result, other, CONVERSATION_DELIVERY);

	if (difference == 0)
		difference = db_get_number(result, one, COLUMN_ATTEMPT) -
		    db_get_number(result, other, COLUMN_ATTEMPT);
	return difference < 0 ? -1 : difference > 0;
}

bool
smtp_log_take_campaign(struct db_connection *connection, struct smtp_log_read *read, GString *log)
{
	PGresult *result = read->read.result;
	unsigned rows = result != NULL ? (unsigned)PQntuples(result) : 0;
	int64_t account_id = g_ascii_strtoll(read->account, NULL, 10);
	g_autofree int *order = g_new(int, rows);
	enum db_status status = DB_STATUS_OK;
	struct error error;

	for (unsigned i = 0; i < rows; i++)
		order[i] = (int)i;
	if (rows > 1)
		g_qsort_with_data(order, (gint)rows, sizeof(*order), attempt_compare, result);
	for (unsigned i = 0; i < rows && status == DB_STATUS_OK; i++)
		status =
		    conversation_row_append(connection, result, order[i], account_id, log, &error);
	g_clear_pointer(&read->read.result, PQclear);
	return rows > 0 && status == DB_STATUS_OK;
}

enum db_status
smtp_log_read_transactional(struct db_connection *connection, int64_t account_id,
    int64_t delivery_id, GString *log, char **recipient, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT " CONVERSATION_COLUMNS " FROM ("
	    "  SELECT " CONVERSATION_COLUMNS ", attempt FROM smtp_log "
	    "    WHERE account_id = $1 AND delivery_id = $2 AND message_id IS NOT NULL "
	    "  UNION ALL "
	    "  SELECT delivery_id, recipient, NULL, NULL, 0 FROM queue "
	    "    WHERE account_id = $1 AND delivery_id = $2 AND message_id IS NOT NULL) AS known "
	    "ORDER BY attempt";
	char account[DB_NUMBER_SIZE], delivery[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(delivery_id, delivery)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	return conversations_take(connection, result, account_id, log, recipient, found, error);
}

static bool
delivery_report(const PGresult *result, int row, smtp_log_each_delivery *each, void *arg)
{
	struct smtp_log_delivery delivery = {
	    .delivery_id = db_get_number(result, row, 0),
	    .recipient = PQgetvalue(result, row, 1),
	    .subject = PQgetvalue(result, row, 2),
	    .group_name = PQgetvalue(result, row, 3),
	    .sent_at = db_get_number(result, row, 4),
	    .status = PQgetvalue(result, row, 5),
	    .note = PQgetvalue(result, row, 6),
	};

	return each(arg, &delivery);
}

enum db_status
smtp_log_list_transactional(struct db_connection *connection, int64_t account_id,
    const struct smtp_log_filter *filter, smtp_log_each_delivery *each, void *arg,
    struct error *error)
{
	/*
	 * An id is of the day that its message was taken or, over midnight, of the next: the bounds of ids let PostgreSQL skip
	 * the partitions of other days. An ended delivery has one row that is not deferred. `$4` of INT64_MAX is no time that
	 * a timestamptz holds, so times are compared as numbers.
	 */
	static const char sql[] =
	    "WITH delivery AS ("
	    "  (SELECT delivery_id, message_id, recipient, "
	    "     CASE WHEN attempts = 0 THEN 'Pending' ELSE 'Deferred' END AS state, NULL AS unsent "
	    "   FROM queue WHERE account_id = $1 AND message_id IS NOT NULL AND delivery_id > $5 AND delivery_id < $7) "
	    "  UNION ALL "
	    "  (SELECT delivery_id, message_id, recipient, initcap(status::text) AS state, "
	    "     COALESCE(unsent, CASE WHEN result = 'failed 5.7.1' " /* rows of before */
	    "       THEN substring(transcript FROM '(?n)^[0-9:.]{12} = (not sent: .*)$') END) "
	    "   FROM smtp_log WHERE account_id = $1 AND message_id IS NOT NULL AND delivery_id > $5 AND delivery_id < $7 "
	    "     AND status <> 'deferred')) "
	    "SELECT delivery_id, recipient, m.subject, coalesce(g.name, ''), "
	    "  (extract(epoch FROM m.received_at) * 1000000)::bigint AS sent_at, state, "
	    "  concat_ws('; ', m.note, unsent) "
	    "FROM delivery JOIN message m ON m.account_id = $1 AND m.message_id = delivery.message_id "
	    "LEFT JOIN transactional_group g ON g.account_id = $1 AND g.group_id = m.group_id "
	    "WHERE m.group_id <> 0 AND ($2 = 0 OR m.group_id = $2) "
	    "  AND (extract(epoch FROM m.received_at) * 1000000)::bigint >= $3 "
	    "  AND (extract(epoch FROM m.received_at) * 1000000)::bigint < $4 "
	    "ORDER BY delivery_id LIMIT $6";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE], begin[DB_NUMBER_SIZE];
	char end[DB_NUMBER_SIZE], last[DB_NUMBER_SIZE], page[DB_NUMBER_SIZE], past[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(filter->group_id, group),
	    db_number(filter->begin, begin), db_number(filter->end, end), last,
	    db_number(DELIVERY_PAGE, page), db_number(id_past(filter->end), past)};
	bool more = true;

	db_number(id_floor(filter->begin) - 1, last);
	while (more) {
		PGresult *result;
		enum db_status status = db_query(connection, sql, 7, values, &result, error);
		int rows;

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		more = rows == DELIVERY_PAGE;
		for (int row = 0; row < rows; row++)
			if (!delivery_report(result, row, each, arg)) {
				more = false;
				break;
			}
		if (rows > 0)
			g_strlcpy(last, PQgetvalue(result, rows - 1, 0), sizeof(last));
		PQclear(result);
	}
	return DB_STATUS_OK;
}
