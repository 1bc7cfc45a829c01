#include "db/smtp_log.h"

#include "base/clock.h"
#include "db/conversation_row.h"
#include "db/id.h"

enum { LOG_PAGE = 50 };

enum { LOG_ATTEMPT = CONVERSATION_COLUMN_COUNT };

#define RECEIVED_AT DB_MICROSECONDS("m.received_at")

/* What is between two pages, or between two rows: the attempts of one delivery so far. */
struct log_reader {
	smtp_log_each_log *each;
	void *arg;
	bool more;           /* whether more are wanted */
	int64_t delivery_id; /* 0: none yet */
	GString *recipient;
	GString *log;
};

static void
delivery_end(struct log_reader *reader)
{
	if (reader->delivery_id != 0 && reader->more)
		reader->more = reader->each(
		    reader->arg, reader->delivery_id, reader->recipient->str, reader->log->str);
	reader->delivery_id = 0;
}

static enum db_status
attempt_read(struct db_connection *connection, int64_t account_id, struct log_reader *reader,
    const PGresult *result, int row, struct error *error)
{
	int64_t delivery_id = db_get_number(result, row, CONVERSATION_DELIVERY);

	if (delivery_id != reader->delivery_id) {
		delivery_end(reader);
		reader->delivery_id = delivery_id;
		g_string_assign(reader->recipient, PQgetvalue(result, row, CONVERSATION_RECIPIENT));
		g_string_truncate(reader->log, 0);
	}
	return conversation_row_append(connection, result, row, account_id, reader->log, error);
}

static enum db_status
pages_read(struct db_connection *connection, int64_t account_id,
    const struct smtp_log_filter *filter, const char *address, struct log_reader *reader,
    struct error *error)
{
	/* Attempt 0: the row that waits. Where another attempt ends between two pages, it comes with the next. */
	static const char sql[] =
	    "SELECT " CONVERSATION_COLUMNS ", attempt FROM ("
	    "  SELECT " CONVERSATION_COLUMNS ", attempt, message_id FROM smtp_log "
	    "  WHERE account_id = $1 AND message_id IS NOT NULL AND delivery_id >= $5 AND delivery_id < $8 "
	    "    AND address_hash(account_id, recipient) = address_hash($1, $9) "
	    "    AND address_fold(recipient) = address_fold($9) "
	    "  UNION ALL "
	    "  SELECT delivery_id, recipient, NULL, NULL, 0::smallint, message_id FROM queue "
	    "  WHERE account_id = $1 AND message_id IS NOT NULL AND delivery_id >= $5 AND delivery_id < $8 "
	    "    AND address_fold(recipient) = address_fold($9)) AS attempt_known "
	    "JOIN message m USING (message_id) "
	    "WHERE m.account_id = $1 AND m.group_id <> 0 AND ($2 = 0 OR m.group_id = $2) "
	    "  AND " RECEIVED_AT " >= $3 AND " RECEIVED_AT " < $4 "
	    "  AND (delivery_id, attempt) > ($5, $6) "
	    "ORDER BY delivery_id, attempt LIMIT $7";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE], begin[DB_NUMBER_SIZE];
	char end[DB_NUMBER_SIZE], last[DB_NUMBER_SIZE], attempt[DB_NUMBER_SIZE] = "0";
	char page[DB_NUMBER_SIZE], past[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(filter->group_id, group),
	    db_number(filter->begin, begin), db_number(filter->end, end),
	    db_number(id_floor(filter->begin) - 1, last), attempt, db_number(LOG_PAGE, page),
	    db_number(id_past(filter->end), past), address};
	int rows = LOG_PAGE;

	while (reader->more && rows == LOG_PAGE) {
		PGresult *result;
		enum db_status status = db_query(connection, sql, 9, values, &result, error);

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		for (int row = 0; row < rows && reader->more && status == DB_STATUS_OK; row++)
			status = attempt_read(connection, account_id, reader, result, row, error);
		if (rows > 0) {
			g_strlcpy(last, PQgetvalue(result, rows - 1, CONVERSATION_DELIVERY),
			    sizeof(last));
			g_strlcpy(
			    attempt, PQgetvalue(result, rows - 1, LOG_ATTEMPT), sizeof(attempt));
		}
		PQclear(result);
		if (status != DB_STATUS_OK)
			return status;
	}
	delivery_end(reader);
	return DB_STATUS_OK;
}

enum db_status
smtp_log_list_address(struct db_connection *connection, int64_t account_id,
    const struct smtp_log_filter *filter, const char *address, smtp_log_each_log *each, void *arg,
    struct error *error)
{
	struct log_reader reader = {.each = each,
	    .arg = arg,
	    .more = true,
	    .recipient = g_string_new(NULL),
	    .log = g_string_new(NULL)};
	enum db_status status = pages_read(connection, account_id, filter, address, &reader, error);

	g_string_free(reader.recipient, TRUE);
	g_string_free(reader.log, TRUE);
	return status;
}
