#include "db/restored.h"

#include "db/text_array.h"

enum { SETTLE_ROWS = 1000 };

enum settle_value {
	SETTLE_ACCOUNT,
	SETTLE_DELIVERY,
	SETTLE_ENDED_AT,
	SETTLE_RESULT,
	SETTLE_VALUES
};

/* The log of a day that is gone takes no row. */
static const char settle_sql[] =
    "WITH changed AS (DELETE FROM queue AS q "
    " USING (SELECT account_id, delivery_id, result, to_timestamp(ended_at / 1000000.0) AS ended_at "
    "  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) "
    "   AS u (account_id, delivery_id, ended_at, result)) AS e "
    " WHERE q.account_id = e.account_id AND q.delivery_id = e.delivery_id AND q.claim IS NULL "
    " RETURNING q.account_id, q.delivery_id, q.message_id, q.campaign_id, q.recipient, "
    "  q.attempts + 1 AS attempt, e.result, e.ended_at), "
    "logged AS (INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, "
    "  campaign_id, started_at, finished_at, recipient, result, transcript) "
    " SELECT account_id, delivery_id, attempt, split_part(result, ' ', 1)::attempt_status, "
    "  message_id, campaign_id, ended_at, ended_at, recipient, result, "
    "  concat('attempt ', attempt, to_char(ended_at AT TIME ZONE 'UTC', "
    "    ' YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\" '), "
    "   COALESCE(NULLIF(split_part(recipient, '@', -1), ''), recipient), "
    "   to_char(ended_at AT TIME ZONE 'UTC', E'\\nHH24:MI:SS.MS'), "
    "   ' = the database was restored to a time before: the conversation is lost', "
    "   E'\\nresult ', result, E'\\n') "
    " FROM changed WHERE to_regclass('smtp_log_' || to_char(to_timestamp((delivery_id >> 36) * 86400) "
    "  AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NOT NULL ON CONFLICT DO NOTHING) "
    "SELECT count(*) FROM changed";

static bool
settle_rows(struct db_connection *connection, const GPtrArray *deliveries, guint from, guint to,
    int64_t *changed, struct error *error)
{
	g_autoptr(GString) account = g_string_new(NULL), delivery = g_string_new(NULL),
			   ended_at = g_string_new(NULL);
	g_autoptr(GPtrArray) results = g_ptr_array_new();
	g_autofree char *result = NULL;
	const char *values[SETTLE_VALUES];
	int64_t count = 0;
	bool found;

	for (guint i = from; i < to; i++) {
		const struct restored_delivery *each = deliveries->pdata[i];

		db_text_array_add_number(account, each->account_id);
		db_text_array_add_number(delivery, each->delivery_id);
		db_text_array_add_number(ended_at, each->ended_at);
		g_ptr_array_add(results, each->result);
	}
	db_text_array_end(account);
	db_text_array_end(delivery);
	db_text_array_end(ended_at);
	result = db_text_array((const char *const *)results->pdata, results->len);
	values[SETTLE_ACCOUNT] = account->str;
	values[SETTLE_DELIVERY] = delivery->str;
	values[SETTLE_ENDED_AT] = ended_at->str;
	values[SETTLE_RESULT] = result;
	if (db_query_number(connection, settle_sql, SETTLE_VALUES, values, &count, &found, error) !=
	    DB_STATUS_OK)
		return false;
	*changed += count;
	return true;
}

bool
restored_settle(struct db_connection *connection, const struct restored *restored, int64_t *changed,
    struct error *error)
{
	const GPtrArray *deliveries = restored->deliveries;

	*changed = 0;
	for (guint from = 0; from < deliveries->len; from += SETTLE_ROWS)
		if (!settle_rows(connection, deliveries, from,
			MIN(from + SETTLE_ROWS, deliveries->len), changed, error))
			return false;
	return true;
}

bool
restored_move_ids(struct db_connection *connection, int64_t highest_id, struct error *error)
{
	/* A block has its lower 24 bits in an id: db/id.h. */
	static const char blocks[] =
	    "SELECT setval('id_block', last_value + 1 + CASE WHEN "
	    " (($1::bigint >> 12) - last_value) & 16777215 <= 8388607 "
	    " THEN (($1::bigint >> 12) - last_value) & 16777215 ELSE 0 END) FROM id_block";
	static const char others[] =
	    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, "
	    " COALESCE(last_value, start_value) + $1::bigint) FROM pg_sequences "
	    "WHERE schemaname = current_schema() AND sequencename <> 'id_block' "
	    " AND COALESCE(last_value, start_value) < max_value - 2 * $1::bigint";
	char highest[DB_NUMBER_SIZE], skipped[DB_NUMBER_SIZE];
	const char *highest_values[] = {db_number(highest_id, highest)};
	const char *skipped_values[] = {db_number(RESTORED_IDS_SKIPPED, skipped)};

	return db_query(connection, blocks, 1, highest_values, NULL, error) == DB_STATUS_OK &&
	    db_query(connection, others, 1, skipped_values, NULL, error) == DB_STATUS_OK;
}
