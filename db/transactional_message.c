#include "db/transactional_message.h"

#include "base/clock.h"

#include "db/account.h"
#include "db/ledger_entry.h"
#include "db/refusal.h"

enum { GROUP_TRIES = 3 };

/* The group's id: as given, found or made by name, or the default one. */
static enum db_status
group_resolve(struct db_connection *connection, const struct transactional_message *message,
    char *group_id, struct error *error)
{
	static const char by_name[] =
	    "WITH found AS (SELECT group_id FROM transactional_group "
	    "  WHERE account_id = $1 AND name_key = lower($2 COLLATE \"und-x-icu\")), "
	    "made AS (INSERT INTO transactional_group (account_id, name) "
	    "  SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM found) "
	    "  ON CONFLICT (account_id, name_key) DO NOTHING RETURNING group_id) "
	    "SELECT group_id FROM found UNION ALL SELECT group_id FROM made";
	static const char by_default[] =
	    "SELECT group_id FROM transactional_group WHERE account_id = $1 AND is_default";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {
	    db_number(message->composition->account_id, account), message->group_name};
	bool named = message->group_name != NULL;
	PGresult *result;
	enum db_status status;

	if (message->group_id != 0) {
		db_number(message->group_id, group_id);
		return DB_STATUS_OK;
	}
	status = db_query(
	    connection, named ? by_name : by_default, named ? 2 : 1, values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) == 0) {
		/* Another transaction made it meanwhile; its row is not in this statement's snapshot. */
		error_set(error, "the transactional group changed meanwhile");
		status = DB_STATUS_RETRY;
	} else {
		db_number(db_get_number(result, 0, 0), group_id);
	}
	PQclear(result);
	return status;
}

static enum db_status
message_insert(struct db_connection *connection, const struct transactional_message *message,
    const char *group_id, struct transactional_message_ids *ids, struct error *error)
{
	static const char sql[] =
	    "WITH id AS MATERIALIZED (SELECT array_agg(id) AS pair FROM ids_new(2) AS id), "
	    "stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, "
	    "    smtputf8, client, mail_from, subject, note, composition) "
	    "  SELECT $1, pair[1], now(), $2, octet_length($6) + octet_length($7), "
	    "    octet_length($3::text || $10::text) <> char_length($3::text || $10::text), 'api', $3, "
	    "    $5, $9, jsonb_build_object('from_email', $3::text, 'from_name', $4::text, "
	    "      'subject', $5::text, 'message_plain', $6::text, 'message_html', $7::text, "
	    "      'options', $8::text) FROM id), "
	    "queued AS (INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, "
	    "    next_attempt_at) "
	    "  SELECT $1, pair[2], pair[1], $10, now(), now() FROM id RETURNING delivery_id, message_id) "
	    "SELECT delivery_id, message_id, pg_notify('bracemail_queue', '') FROM queued";
	const struct composition *composition = message->composition;
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(composition->account_id, account), group_id,
	    composition->from_email, composition->from_name, composition->subject,
	    composition->message_plain, composition->message_html, composition->options,
	    message->note, message->recipient};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 10, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	ids->delivery_id = db_get_number(result, 0, 0);
	ids->message_id = db_get_number(result, 0, 1);
	PQclear(result);
	return DB_STATUS_OK;
}

/* The report of a message that the account's limit leaves no room for. */
static enum db_status
message_insert_refused(struct db_connection *connection,
    const struct transactional_message *message, const char *group_id, const char *reason,
    struct error *error)
{
	static const char sql[] =
	    "WITH id AS MATERIALIZED (SELECT array_agg(id) AS pair FROM ids_new(2) AS id), "
	    "stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, "
	    "    smtputf8, client, mail_from, subject, note) "
	    "  SELECT $1, pair[1], now(), $2, 0, false, 'api', $3, $4, $5 FROM id) "
	    "INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, started_at, "
	    "  finished_at, recipient, result, transcript) "
	    "SELECT $1, pair[2], 1, $6::attempt_status, pair[1], now(), now(), $7, $8, $9 FROM id";
	const struct composition *composition = message->composition;
	const int64_t now = clock_now();
	const struct refusal refusal = {.disposition = MESSAGE_OVER_LIMIT,
	    .reason = reason,
	    .node = "api",
	    .received_at = now,
	    .refused_at = now};
	g_autofree char *result = refusal_result(refusal.disposition);
	g_autofree char *transcript = refusal_transcript(&refusal);
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(composition->account_id, account), group_id,
	    composition->from_email, composition->subject, message->note,
	    refusal_status(refusal.disposition), message->recipient, result, transcript};

	return db_query(connection, sql, 9, values, NULL, error);
}

/* Within a transaction. Who else makes the group at this moment has ended by the next try, or has undone it. */
static enum db_status
group_find(struct db_connection *connection, const struct transactional_message *message,
    char *group_id, struct error *error)
{
	enum db_status status = DB_STATUS_RETRY;

	for (int tries = 0; tries < GROUP_TRIES && status == DB_STATUS_RETRY; tries++)
		status = group_resolve(connection, message, group_id, error);
	return status;
}

enum db_status
transactional_message_store(struct db_connection *connection,
    const struct transactional_message *message, struct transactional_message_ids *ids,
    struct error *error)
{
	char group_id[DB_NUMBER_SIZE];
	enum db_status status = group_find(connection, message, group_id, error);

	if (status == DB_STATUS_OK)
		status = message_insert(connection, message, group_id, ids, error);
	if (status == DB_STATUS_OK)
		status = account_usage_add(connection, message->composition->account_id, 1, error);
	return status;
}

static enum db_status
message_refuse(struct db_connection *connection, const struct transactional_message *message,
    const char *reason, struct error *error)
{
	char group_id[DB_NUMBER_SIZE];
	enum db_status status = db_begin(connection, error);

	if (status != DB_STATUS_OK)
		return status;
	status = group_find(connection, message, group_id, error);
	if (status == DB_STATUS_OK)
		status = message_insert_refused(connection, message, group_id, reason, error);
	return db_end(connection, status, error);
}

void
transactional_message_committed(
    const struct transactional_message *message, const struct transactional_message_ids *ids)
{
	ledger_write_api_message(message->composition, message->recipient, message->group_name,
	    ids->message_id, ids->delivery_id);
}

enum db_status
transactional_message_create(struct db_connection *connection,
    const struct transactional_message *message, struct transactional_message_ids *ids,
    struct error *error)
{
	enum db_status status = db_begin(connection, error);
	struct error failure;

	if (status != DB_STATUS_OK)
		return status;
	status = transactional_message_store(connection, message, ids, error);
	status = db_end(connection, status, error);
	if (status == DB_STATUS_OK)
		transactional_message_committed(message, ids);
	if (status != DB_STATUS_LIMITED)
		return status;
	status = message_refuse(connection, message, error->text, &failure);
	if (status == DB_STATUS_OK)
		return DB_STATUS_LIMITED;
	*error = failure;
	return status;
}
