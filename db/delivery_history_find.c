#include "db/delivery_history.h"

#include "db/id.h"

#define TAKEN_AT DB_MICROSECONDS("taken_at")

/* Rows of account_id, delivery_id, message_id. One more than the limit was asked for. */
static void
keys_take(PGresult *result, int limit, struct delivery_history_keys *keys)
{
	int rows = PQntuples(result);

	keys->more = rows > limit;
	for (int row = 0; row < MIN(rows, limit); row++) {
		struct delivery_history_key key = {.account_id = db_get_number(result, row, 0),
		    .delivery_id = db_get_number(result, row, 1),
		    .message_id = db_get_number(result, row, 2)};

		g_array_append_val(keys->keys, key);
	}
	PQclear(result);
}

static void
keys_init(struct delivery_history_keys *keys)
{
	keys->keys = g_array_new(FALSE, FALSE, sizeof(struct delivery_history_key));
	keys->more = false;
}

static void
keys_reverse(GArray *keys)
{
	for (guint i = 0; i < keys->len / 2; i++) {
		struct delivery_history_key *one =
		    &g_array_index(keys, struct delivery_history_key, i);
		struct delivery_history_key *other =
		    &g_array_index(keys, struct delivery_history_key, keys->len - 1 - i);
		struct delivery_history_key kept = *one;

		*one = *other;
		*other = kept;
	}
}

enum db_status
delivery_history_find_address(struct db_connection *connection,
    const struct delivery_history_filter *filter, const char *address,
    struct delivery_history_keys *keys, struct error *error)
{
	/*
	 * The hashes of the address under each account are one array, which the index of each day is asked for. The bounds of ids
	 * leave out the days that cannot have any. What a delivery is of is asked one by one, so that no join reads a table.
	 */
	static const char sql[] =
	    "SELECT account_id, delivery_id, message_id FROM ("
	    "  SELECT account_id, delivery_id, message_id, COALESCE("
	    "    (SELECT received_at FROM message AS m WHERE m.account_id = d.account_id AND m.message_id = d.message_id), "
	    "    (SELECT created_at FROM campaign AS c WHERE c.account_id = d.account_id AND c.campaign_id = d.campaign_id), "
	    "    known_at) AS taken_at "
	    "  FROM (SELECT account_id, delivery_id, min(message_id) AS message_id, min(campaign_id) AS campaign_id, "
	    "      min(known_at) AS known_at "
	    "    FROM (SELECT account_id, delivery_id, message_id, campaign_id, finished_at AS known_at FROM smtp_log "
	    "      WHERE address_hash(account_id, recipient) = ANY (ARRAY(SELECT address_hash(account_id, $2) FROM account "
	    "          WHERE $1::bigint = 0 OR account_id = $1)) "
	    "        AND address_fold(recipient) = address_fold($2) AND ($1 = 0 OR account_id = $1) "
	    "        AND delivery_id >= $3 AND delivery_id < $4 "
	    "      UNION ALL SELECT account_id, delivery_id, message_id, campaign_id, queued_at FROM queue "
	    "      WHERE address_fold(recipient) = address_fold($2) AND ($1 = 0 OR account_id = $1) "
	    "        AND delivery_id >= $3 AND delivery_id < $4) AS known "
	    "    GROUP BY account_id, delivery_id) AS d) AS delivery "
	    "WHERE " TAKEN_AT " >= $5 AND " TAKEN_AT " < $6 "
	    "ORDER BY taken_at DESC, delivery_id DESC LIMIT $7::bigint + 1";
	char account[DB_NUMBER_SIZE], floor[DB_NUMBER_SIZE], past[DB_NUMBER_SIZE];
	char begin[DB_NUMBER_SIZE], end[DB_NUMBER_SIZE], limit[DB_NUMBER_SIZE];
	const char *values[] = {db_number(filter->account_id, account), address,
	    db_number(id_floor(filter->begin), floor), db_number(id_past(filter->end), past),
	    db_number(filter->begin, begin), db_number(filter->end, end),
	    db_number(filter->limit, limit)};
	PGresult *result;
	enum db_status status;

	keys_init(keys);
	status = db_query(connection, sql, G_N_ELEMENTS(values), values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	keys_take(result, filter->limit, keys);
	keys_reverse(keys->keys);
	return DB_STATUS_OK;
}

struct id_owner {
	bool found;
	int64_t account_id;
	int64_t message_id; /* 0: of a campaign */
};

static enum db_status
id_find_owner(struct db_connection *connection, int64_t account_id, int64_t id,
    struct id_owner *owner, struct error *error)
{
	static const char sql[] =
	    "WITH asked AS (SELECT ARRAY(SELECT account_id FROM account WHERE $1::bigint = 0 OR account_id = $1) AS accounts) "
	    "SELECT account_id, message_id FROM smtp_log "
	    "  WHERE account_id = ANY ((SELECT accounts FROM asked)::bigint[]) AND delivery_id = $2 "
	    "UNION ALL SELECT account_id, message_id FROM queue "
	    "  WHERE account_id = ANY ((SELECT accounts FROM asked)::bigint[]) AND delivery_id = $2 "
	    "UNION ALL SELECT account_id, message_id FROM message "
	    "  WHERE account_id = ANY ((SELECT accounts FROM asked)::bigint[]) AND message_id = $2 "
	    "LIMIT 1";
	char account[DB_NUMBER_SIZE], number[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(id, number)};
	PGresult *result;
	enum db_status status =
	    db_query(connection, sql, G_N_ELEMENTS(values), values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	owner->found = PQntuples(result) > 0;
	if (owner->found) {
		owner->account_id = db_get_number(result, 0, 0);
		owner->message_id = db_get_number(result, 0, 1);
	}
	PQclear(result);
	return DB_STATUS_OK;
}

static gint
key_compare(gconstpointer key, gconstpointer other_key)
{
	const struct delivery_history_key *one = key, *other = other_key;

	return one->delivery_id < other->delivery_id ? -1 : one->delivery_id > other->delivery_id;
}

static enum db_status
message_find_deliveries(struct db_connection *connection, const struct id_owner *owner, int64_t id,
    int limit_count, struct delivery_history_keys *keys, struct error *error)
{
	/*
	 * A message's id and those of its deliveries follow each other, within a block (db/id.h). Where the last of the block is the
	 * message's too, others of that day may be.
	 */
	static const char sql[] =
	    "WITH past AS (SELECT CASE WHEN $2::bigint & 4095 = 4095 "
	    "    OR EXISTS (SELECT FROM smtp_log WHERE account_id = $1::bigint AND delivery_id = $2 | 4095 AND message_id = $2) "
	    "    OR EXISTS (SELECT FROM queue WHERE account_id = $1 AND delivery_id = $2 | 4095 AND message_id = $2) "
	    "  THEN (($2 >> 36) + 1) << 36 ELSE ($2 | 4095) + 1 END AS id) "
	    "SELECT $1, delivery_id, $2 FROM ("
	    "  SELECT delivery_id FROM smtp_log WHERE account_id = $1 AND message_id = $2 "
	    "    AND delivery_id > $2 AND delivery_id < (SELECT id FROM past) "
	    "  UNION SELECT delivery_id FROM queue WHERE account_id = $1 AND message_id = $2 "
	    "    AND delivery_id > $2 AND delivery_id < (SELECT id FROM past)) AS delivery "
	    "ORDER BY delivery_id <> $3::bigint, delivery_id LIMIT $4::bigint + 1";
	char account[DB_NUMBER_SIZE], message[DB_NUMBER_SIZE], asked[DB_NUMBER_SIZE];
	char limit[DB_NUMBER_SIZE];
	const char *values[] = {db_number(owner->account_id, account),
	    db_number(owner->message_id, message), db_number(id, asked),
	    db_number(limit_count, limit)};
	PGresult *result;
	enum db_status status =
	    db_query(connection, sql, G_N_ELEMENTS(values), values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	keys_take(result, limit_count, keys);
	g_array_sort(keys->keys, key_compare);
	return DB_STATUS_OK;
}

enum db_status
delivery_history_find_id(struct db_connection *connection,
    const struct delivery_history_filter *filter, int64_t id, struct delivery_history_keys *keys,
    struct error *error)
{
	struct id_owner owner = {.found = false};
	enum db_status status;

	keys_init(keys);
	status = id_find_owner(connection, filter->account_id, id, &owner, error);
	if (status != DB_STATUS_OK || !owner.found)
		return status;
	if (owner.message_id == 0) {
		struct delivery_history_key key = {
		    .account_id = owner.account_id, .delivery_id = id};

		g_array_append_val(keys->keys, key);
		return DB_STATUS_OK;
	}
	return message_find_deliveries(connection, &owner, id, filter->limit, keys, error);
}
