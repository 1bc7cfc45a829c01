/* What a relay's workers do for the dead among them (worker_identity.c), done by a command. */
#include "db/worker_private.h"

enum db_status
db_workers_reap(struct db_connection *connection, struct error *error)
{
	char lock[DB_NUMBER_SIZE];
	const char *values[] = {"0", "0", db_number(ADVISORY_CLASS_WORKER, lock), "true"};
	enum db_status status = db_query(connection, WORKER_REAP_SQL, 4, values, NULL, error);

	if (status == DB_STATUS_OK)
		status = db_query(connection, WORKER_RELEASE_SQL, 0, NULL, NULL, error);
	return status;
}

enum db_status
db_workers_alive(struct db_connection *connection, char **workers, struct error *error)
{
	static const char sql[] =
	    "SELECT COALESCE(array_agg(l.objid::bigint), '{}') FROM pg_locks AS l "
	    "JOIN pg_database AS d ON d.oid = l.database "
	    "WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = $1";
	char lock[DB_NUMBER_SIZE];
	const char *values[] = {db_number(ADVISORY_CLASS_WORKER, lock)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 1, values, &result, error);

	if (status == DB_STATUS_OK)
		*workers = g_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	return status;
}

enum db_status
db_workers_gone(
    struct db_connection *connection, const char *node, GPtrArray **names, struct error *error)
{
	static const char sql[] =
	    "SELECT node FROM worker WHERE node <> $1 GROUP BY node "
	    "HAVING NOT bool_or(worker_id = ANY ($2::bigint[])) ORDER BY node";
	g_autofree char *valid = g_utf8_make_valid(node, -1), *alive = NULL;
	const char *values[] = {valid, NULL};
	PGresult *result = NULL;
	enum db_status status = db_workers_alive(connection, &alive, error);

	values[1] = alive;
	if (status == DB_STATUS_OK)
		status = db_query(connection, sql, 2, values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	*names = g_ptr_array_new_with_free_func(g_free);
	for (int row = 0; row < PQntuples(result); row++)
		g_ptr_array_add(*names, g_strdup(PQgetvalue(result, row, 0)));
	PQclear(result);
	return DB_STATUS_OK;
}
