#include "db/account.h"

#include <string.h>

#include <glib.h>

bool
account_is_same(const struct account *account, const struct account *other)
{
	return account->account_id == other->account_id &&
	    strcmp(account->password_hash, other->password_hash) == 0;
}

enum db_status
account_create(struct db_connection *connection, const char *name, const char *password_hash,
    int64_t *account_id, struct error *error)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO account (name, password_hash) VALUES ($1, $2) RETURNING account_id), "
	    "grouped AS (INSERT INTO transactional_group (account_id, name, is_default) "
	    "  SELECT account_id, 'Default Transactional Group', true FROM made) "
	    "SELECT account_id, pg_notify('bracemail_account', account_id::text) FROM made";
	const char *values[] = {name, password_hash};
	PGresult *result;
	enum db_status status;

	status = db_query(connection, sql, 2, values, &result, error);
	if (status == DB_STATUS_UNIQUE)
		error_set(error, "there is an account of that name already");
	if (status != DB_STATUS_OK)
		return status;
	*account_id = db_get_number(result, 0, 0);
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
account_find(struct db_connection *connection, const char *name, struct account *account,
    bool *found, struct error *error)
{
	static const char sql[] = "SELECT account_id, name, password_hash FROM account "
				  "WHERE name_key = lower($1 COLLATE \"und-x-icu\")";
	const char *values[] = {name};
	PGresult *result;
	enum db_status status;

	*found = false;
	status = db_query(connection, sql, 1, values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0) {
		*found = true;
		account->account_id = db_get_number(result, 0, 0);
		g_strlcpy(account->name, PQgetvalue(result, 0, 1), sizeof(account->name));
		g_strlcpy(account->password_hash, PQgetvalue(result, 0, 2),
		    sizeof(account->password_hash));
	}
	PQclear(result);
	return DB_STATUS_OK;
}

/* $1 name, $2 the column's new value. */
#define ACCOUNT_SET(column)                                                                        \
	"WITH changed AS (UPDATE account SET " column " = $2 "                                     \
	"  WHERE name_key = lower($1 COLLATE \"und-x-icu\") RETURNING account_id) "                \
	"SELECT pg_notify('bracemail_account', account_id::text) FROM changed"

enum db_status
account_set_password(struct db_connection *connection, const char *name, const char *password_hash,
    bool *changed, struct error *error)
{
	static const char sql[] = ACCOUNT_SET("password_hash");
	const char *values[] = {name, password_hash};

	return db_query_any(connection, sql, 2, values, changed, error);
}

enum db_status
account_set_keep_mail_from(struct db_connection *connection, const char *name, bool keep,
    bool *changed, struct error *error)
{
	static const char sql[] = ACCOUNT_SET("keep_mail_from");
	const char *values[] = {name, keep ? "true" : "false"};

	return db_query_any(connection, sql, 2, values, changed, error);
}

enum db_status
account_set_manager(struct db_connection *connection, const char *name, const char *address,
    bool *changed, struct error *error)
{
	static const char sql[] = ACCOUNT_SET("email_address");
	const char *values[] = {name, address};

	return db_query_any(connection, sql, 2, values, changed, error);
}

enum db_status
account_set_failure_notices(struct db_connection *connection, const char *name,
    enum account_notices notices, bool *changed, struct error *error)
{
	static const char sql[] = ACCOUNT_SET("failure_notices");
	char number[DB_NUMBER_SIZE];
	const char *values[] = {name, db_number(notices, number)};

	return db_query_any(connection, sql, 2, values, changed, error);
}

enum db_status
account_set_limit(struct db_connection *connection, const char *name,
    enum account_limit_window window, const int64_t *limit, bool *changed, struct error *error)
{
	static const char *const sql[] = {
	    [ACCOUNT_LIMIT_HOUR] =
		"UPDATE account SET hour_limit = $2 "
		"WHERE name_key = lower($1 COLLATE \"und-x-icu\") RETURNING account_id",
	    [ACCOUNT_LIMIT_DAY] =
		"UPDATE account SET day_limit = $2 "
		"WHERE name_key = lower($1 COLLATE \"und-x-icu\") RETURNING account_id",
	};
	char number[DB_NUMBER_SIZE];
	const char *values[] = {name, limit != NULL ? db_number(*limit, number) : NULL};

	return db_query_any(connection, sql[window], 2, values, changed, error);
}

enum db_status
account_set_retention_days(struct db_connection *connection, const char *name, const int64_t *days,
    bool *changed, struct error *error)
{
	static const char sql[] =
	    "UPDATE account SET retention_days = $2 "
	    "WHERE name_key = lower($1 COLLATE \"und-x-icu\") RETURNING account_id";
	char number[DB_NUMBER_SIZE];
	const char *values[] = {name, days != NULL ? db_number(*days, number) : NULL};

	return db_query_any(connection, sql, 2, values, changed, error);
}

enum db_status
account_usage_add(
    struct db_connection *connection, int64_t account_id, int64_t messages, struct error *error)
{
	static const char sql[] =
	    "SELECT account_usage_add(ARRAY[$1::bigint], ARRAY[$2::bigint]) IS NULL";
	char account[DB_NUMBER_SIZE], count[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(messages, count)};

	return db_query(connection, sql, 2, values, NULL, error);
}

enum db_status
account_remove(
    struct db_connection *connection, const char *name, bool *changed, struct error *error)
{
	/* Tables of mail have no foreign keys to account (they are written in bulk): their rows go first. */
	static const char sql[] =
	    "WITH doomed AS (SELECT account_id FROM account WHERE name_key = lower($1 COLLATE \"und-x-icu\")), "
	    "queued AS (DELETE FROM queue WHERE account_id = (SELECT account_id FROM doomed)), "
	    "logged AS (DELETE FROM smtp_log WHERE account_id = (SELECT account_id FROM doomed)), "
	    "stored AS (DELETE FROM message WHERE account_id = (SELECT account_id FROM doomed)), "
	    "removed AS (DELETE FROM account WHERE account_id = (SELECT account_id FROM doomed) "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM removed";
	const char *values[] = {name};

	return db_query_any(connection, sql, 1, values, changed, error);
}

enum db_status
account_allow_network(struct db_connection *connection, const char *name, const char *network,
    bool *changed, struct error *error)
{
	static const char sql[] =
	    "WITH allowed AS (INSERT INTO account_network (account_id, network) "
	    "  SELECT account_id, $2::cidr FROM account WHERE name_key = lower($1 COLLATE \"und-x-icu\") "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM allowed";
	const char *values[] = {name, network};
	enum db_status status = db_query_any(connection, sql, 2, values, changed, error);

	if (status == DB_STATUS_UNIQUE)
		error_set(error, "%s is allowed for %s already", network, name);
	return status;
}

enum db_status
account_deny_network(struct db_connection *connection, const char *name, const char *network,
    bool *changed, struct error *error)
{
	static const char sql[] =
	    "WITH denied AS (DELETE FROM account_network WHERE network = $2::cidr AND account_id = "
	    "  (SELECT account_id FROM account WHERE name_key = lower($1 COLLATE \"und-x-icu\")) "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM denied";
	const char *values[] = {name, network};

	return db_query_any(connection, sql, 2, values, changed, error);
}

/* In two columns: the limit, and what is used of it. */
static struct account_listed_limit
listed_limit(const PGresult *result, int row, int column)
{
	return (struct account_listed_limit){.is_set = !PQgetisnull(result, row, column),
	    .limit = db_get_number(result, row, column),
	    .used = db_get_number(result, row, column + 1)};
}

enum db_status
account_list(struct db_connection *connection,
    void (*each)(void *arg, const struct account_listed *account), void *arg, struct error *error)
{
	static const char sql[] =
	    "WITH used AS MATERIALIZED (SELECT account_id, hour, in_hour, day, in_day FROM account_usage) "
	    "SELECT a.account_id, a.name, coalesce((SELECT string_agg(network::text, ' ' ORDER BY network) "
	    "  FROM account_network AS n WHERE n.account_id = a.account_id), ''), "
	    "a.email_address, a.keep_mail_from, a.failure_notices, a.hour_limit, "
	    "CASE WHEN u.hour = hour_number(account_usage_clock()) THEN u.in_hour ELSE 0 END, a.day_limit, "
	    "CASE WHEN u.day = day_number(account_usage_clock()) THEN u.in_day ELSE 0 END, a.retention_days "
	    "FROM account AS a LEFT JOIN used AS u USING (account_id) ORDER BY a.account_id";
	PGresult *result;
	enum db_status status;

	status = db_query(connection, sql, 0, NULL, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		const struct account_listed account = {.account_id = db_get_number(result, row, 0),
		    .name = PQgetvalue(result, row, 1),
		    .networks = PQgetvalue(result, row, 2),
		    .manager = PQgetvalue(result, row, 3),
		    .keeps_mail_from = *PQgetvalue(result, row, 4) == 't',
		    .notices = (enum account_notices)db_get_number(result, row, 5),
		    .hour = listed_limit(result, row, 6),
		    .day = listed_limit(result, row, 8),
		    .retention_days = (int)db_get_number(result, row, 10)};

		each(arg, &account);
	}
	PQclear(result);
	return DB_STATUS_OK;
}
