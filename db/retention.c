#include "db/retention.h"

#include <inttypes.h>

#include <glib.h>

#include "base/log.h"

/* A transaction of as many rows takes some milliseconds. */
enum { ROWS_OF_A_BATCH = 2000, DROP_TRIES = 3 };

#define LOCK_TIMEOUT_OTHERS "SET lock_timeout = '" DB_LOCK_TIMEOUT "'"
#define LOCK_TIMEOUT_DETACH "SET lock_timeout = '1500ms'"

/* Reports and relay workers that have their locks at the same moment, of all nodes. */
enum { SESSIONS_AT_ONCE = 32 };

enum expired_column { EXPIRED_PARENT, EXPIRED_NAME, EXPIRED_MARK, EXPIRED_DETACH, EXPIRED_DROP };
enum due_column { DUE_ACCOUNT, DUE_FIRST_DAY, DUE_PAST_DAY, DUE_DATE };

/* Statements for what cannot be bound; a step that was done before is NULL. The mark tells tables of ours from what an operator took out. */
static const char expired_sql[] =
    "SELECT parent, name, CASE state WHEN 'attached' THEN format('COMMENT ON TABLE %I IS ''expired''', name) END, "
    "CASE state WHEN 'attached' THEN format('ALTER TABLE %I DETACH PARTITION %I CONCURRENTLY', parent, name) "
    "  WHEN 'detaching' THEN format('ALTER TABLE %I DETACH PARTITION %I FINALIZE', parent, name) END, "
    "format('DROP TABLE %I', name) "
    "FROM day_tables() WHERE state <> 'attached' OR day IN (SELECT days_expired($1::int, $2::int)) "
    "ORDER BY state = 'attached', day, parent";

static const char due_sql[] =
    "SELECT account_id, greatest(retained_from, first_day), past_day, to_char(date '1970-01-01' + past_day::int, 'YYYY-MM-DD') "
    "FROM (SELECT account_id, retained_from, "
    "    day_number(now()) - greatest(coalesce(retention_days, $1::int), $2::int) AS past_day FROM account) AS a, "
    "  (SELECT min(day) AS first_day FROM day_tables() WHERE state = 'attached') AS t "
    "WHERE past_day > greatest(retained_from, first_day) ORDER BY account_id";

static bool
query_ok(struct db_connection *connection, const char *sql, int count, const char *const *values,
    PGresult **result, struct error *error)
{
	return db_query(connection, sql, count, values, result, error) == DB_STATUS_OK;
}

/* Whoever uses the parent does not wait for a table to be taken out, so that may take longer than the other steps. */
static enum db_status
table_drop(struct db_connection *connection, const PGresult *tables, int row, struct error *error)
{
	enum db_status status = DB_STATUS_OK;

	for (int step = EXPIRED_MARK; step <= EXPIRED_DROP && status == DB_STATUS_OK; step++) {
		if (PQgetisnull(tables, row, step))
			continue;
		status = db_execute(connection,
		    step == EXPIRED_DETACH ? LOCK_TIMEOUT_DETACH : LOCK_TIMEOUT_OTHERS, error);
		if (status == DB_STATUS_OK)
			status = db_execute(connection, PQgetvalue(tables, row, step), error);
	}
	return status;
}

/* Behind a table that waits, its parent takes no other out. */
static bool
table_must_wait(const PGresult *tables, int row, const GPtrArray *waiting)
{
	return g_ptr_array_find_with_equal_func(
	    (GPtrArray *)waiting, PQgetvalue(tables, row, EXPIRED_PARENT), g_str_equal, NULL);
}

static bool
tables_drop_once(struct db_connection *connection, const char *const *days,
    struct retention_outcome *outcome, struct error *error)
{
	g_autoptr(GPtrArray) waiting = g_ptr_array_new(); /* parents */
	enum db_status status = DB_STATUS_OK;
	PGresult *tables;

	outcome->tables_waiting = 0;
	if (!query_ok(connection, expired_sql, 2, days, &tables, error))
		return false;
	for (int row = 0; row < PQntuples(tables) && status == DB_STATUS_OK; row++) {
		status = table_must_wait(tables, row, waiting)
		    ? DB_STATUS_RETRY
		    : table_drop(connection, tables, row, error);
		if (status == DB_STATUS_OK) {
			outcome->tables_dropped++;
		} else if (status == DB_STATUS_RETRY) {
			g_ptr_array_add(waiting, PQgetvalue(tables, row, EXPIRED_PARENT));
			outcome->tables_waiting++;
			status = DB_STATUS_OK;
		}
	}
	PQclear(tables);
	return status == DB_STATUS_OK;
}

static bool
tables_drop(struct db_connection *connection, const char *const *days,
    struct retention_outcome *outcome, struct error *error)
{
	bool done = tables_drop_once(connection, days, outcome, error);

	for (int again = 1; done && outcome->tables_waiting > 0 && again < DROP_TRIES; again++)
		done = tables_drop_once(connection, days, outcome, error);
	if (outcome->tables_waiting > 0)
		log_info("retention-waits", "tables=%d", outcome->tables_waiting);
	return done;
}

/* All rows of the account in that table. */
static bool
rows_delete(struct db_connection *connection, const char *table, const char *account,
    int64_t *deleted, struct error *error)
{
	char most[DB_NUMBER_SIZE];
	const char *values[] = {table, account, db_number(ROWS_OF_A_BATCH, most)};
	int64_t count = ROWS_OF_A_BATCH;
	bool found;

	while (count == ROWS_OF_A_BATCH) {
		if (db_query_number(connection, "SELECT day_table_expire($1, $2, $3)", 3, values,
			&count, &found, error) != DB_STATUS_OK)
			return false;
		*deleted += count;
	}
	return true;
}

static bool
account_expire(struct db_connection *connection, const PGresult *due, int row,
    struct retention_outcome *outcome, struct error *error)
{
	const char *account = PQgetvalue(due, row, DUE_ACCOUNT);
	const char *days[] = {
	    PQgetvalue(due, row, DUE_FIRST_DAY), PQgetvalue(due, row, DUE_PAST_DAY)};
	const char *done[] = {account, PQgetvalue(due, row, DUE_PAST_DAY)};
	int64_t deleted = 0;
	PGresult *tables;
	bool going;

	going = query_ok(connection,
	    "SELECT name FROM day_tables() WHERE state = 'attached' AND day >= $1 AND day < $2 "
	    "ORDER BY day, name",
	    2, days, &tables, error);
	if (!going)
		return false;
	for (int table = 0; table < PQntuples(tables) && going; table++)
		going =
		    rows_delete(connection, PQgetvalue(tables, table, 0), account, &deleted, error);
	PQclear(tables);
	outcome->rows_deleted += deleted;
	if (deleted > 0)
		log_info("retention", "account=%s rows_deleted=%" PRId64 " before=%s", account,
		    deleted, PQgetvalue(due, row, DUE_DATE));
	return going &&
	    query_ok(connection, "UPDATE account SET retained_from = $2 WHERE account_id = $1", 2,
		done, NULL, error);
}

static bool
accounts_expire(struct db_connection *connection, const char *const *days,
    struct retention_outcome *outcome, struct error *error)
{
	PGresult *due;
	bool going = true;

	if (!query_ok(connection, due_sql, 2, days, &due, error))
		return false;
	for (int row = 0; row < PQntuples(due) && going; row++)
		going = account_expire(connection, due, row, outcome, error);
	PQclear(due);
	return going;
}

/* Each report that names no time locks the tables of all days and their indexes: it fails where there is no room for these. */
static bool
locks_check(struct db_connection *connection, struct error *error)
{
	static const char sql[] =
	    "SELECT count(*), current_setting('max_locks_per_transaction'), "
	    "  ceil(2.0 * count(*) * $1::int / current_setting('max_connections')::int) "
	    "FROM day_tables() WHERE parent = 'message'";
	char sessions[DB_NUMBER_SIZE];
	const char *values[] = {db_number(SESSIONS_AT_ONCE, sessions)};
	PGresult *result;

	if (!query_ok(connection, sql, 1, values, &result, error))
		return false;
	if (db_get_number(result, 0, 1) < db_get_number(result, 0, 2))
		log_warning("retention-locks",
		    "days=%s max_locks_per_transaction=%s text=\"too few for so many day tables: set it to %s or more in PostgreSQL's configuration\"",
		    PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2));
	PQclear(result);
	return true;
}

bool
retention_run(struct db_connection *connection, const struct retention *retention,
    struct retention_outcome *outcome, struct error *error)
{
	char keep[DB_NUMBER_SIZE], least[DB_NUMBER_SIZE];
	const char *const days[] = {
	    db_number(retention->days, keep), db_number(retention->least_days, least)};
	struct error unlock_error;
	int64_t is_mine = 0;
	bool found, done;

	*outcome = (struct retention_outcome){0};
	if (db_query_number(connection, "SELECT pg_try_advisory_lock(1112, 2)::int", 0, NULL,
		&is_mine, &found, error) != DB_STATUS_OK)
		return false;
	outcome->is_elsewhere = is_mine == 0;
	if (outcome->is_elsewhere)
		return true;
	done = tables_drop(connection, days, outcome, error) &&
	    db_execute(connection, LOCK_TIMEOUT_OTHERS, error) == DB_STATUS_OK;
	/* What waits to be dropped needs no row deleted. */
	if (done && outcome->tables_waiting == 0)
		done = accounts_expire(connection, days, outcome, error) &&
		    locks_check(connection, error);
	/* A lock that cannot be released went with its connection. */
	(void)db_execute(connection, "SELECT pg_advisory_unlock(1112, 2)", &unlock_error);
	return done;
}
