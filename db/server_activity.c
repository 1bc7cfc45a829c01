#include "db/server_activity.h"

enum db_status
server_activity_read(
    struct db_connection *connection, struct server_activity *activity, struct error *error)
{
	static const char sql[] =
	    "SELECT count(*), count(*) FILTER (WHERE state = 'active'), "
	    "  count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock'), "
	    "  count(*) FILTER (WHERE state LIKE 'idle in transaction%'), "
	    "  coalesce(max(extract(epoch FROM clock_timestamp() - xact_start) * 1000000), 0)::bigint, "
	    "  current_setting('max_connections')::bigint FROM pg_stat_activity "
	    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
	PGresult *result;
	enum db_status status = db_query(connection, sql, 0, NULL, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	*activity = (struct server_activity){
	    .connections = db_get_number(result, 0, 0),
	    .active = db_get_number(result, 0, 1),
	    .waiting = db_get_number(result, 0, 2),
	    .in_transaction = db_get_number(result, 0, 3),
	    .oldest = db_get_number(result, 0, 4),
	    .connections_max = db_get_number(result, 0, 5),
	};
	PQclear(result);
	return DB_STATUS_OK;
}
