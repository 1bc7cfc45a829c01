#include "db/queue_statistics.h"

#include "db/queue_filter.h"

#define COUNTED_DESTINATION QUEUE_DESTINATION("recipient")

enum statistics_column { COLUMN_KIND, COLUMN_NAME, COLUMN_DELIVERIES };

enum db_status
queue_statistics_read(
    struct db_connection *connection, queue_statistics_each *each, void *arg, struct error *error)
{
	/* One pass over the queue: the sets are made of what it comes to, not of its rows, which would be sorted for each of them. A
	 * set's own column is what grouping() has no bit for. */
	static const char sql[] =
	    "WITH together AS (SELECT claim, age, destination, count(*) AS deliveries FROM (SELECT"
	    "      CASE WHEN claim IS NOT NULL THEN 'claimed' "
	    "        WHEN isfinite(next_attempt_at) THEN 'waiting' ELSE 'held' END AS claim, "
	    "      CASE WHEN queued_at > now() - interval '1 minute' THEN '1m' "
	    "        WHEN queued_at > now() - interval '5 minutes' THEN '5m' "
	    "        WHEN queued_at > now() - interval '1 hour' THEN '1h' "
	    "        WHEN queued_at > now() - interval '6 hours' THEN '6h' "
	    "        WHEN queued_at > now() - interval '1 day' THEN '1d' ELSE 'more' END AS age, "
	    "      " COUNTED_DESTINATION " AS destination FROM queue) AS q "
	    "  GROUP BY claim, age, destination), "
	    "counted AS ("
	    "  SELECT CASE grouping(claim, age, destination) WHEN 3 THEN 0 WHEN 5 THEN 1 ELSE 2 END AS kind, "
	    "    coalesce(claim, age, destination) AS name, sum(deliveries) AS deliveries "
	    "  FROM together GROUP BY GROUPING SETS ((claim), (age), (destination))), "
	    "placed AS (SELECT kind, name, deliveries, "
	    "    row_number() OVER (PARTITION BY kind ORDER BY deliveries DESC, name) AS place FROM counted) "
	    "SELECT kind, CASE WHEN kind < 2 OR place <= $1::int THEN name ELSE '' END, "
	    "  sum(deliveries)::bigint FROM placed GROUP BY 1, 2 ORDER BY 1, 2";
	char most[DB_NUMBER_SIZE];
	const char *values[] = {db_number(QUEUE_STATISTICS_DESTINATIONS_MAX, most)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 1, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++)
		each(arg, (enum queue_statistics_kind)db_get_number(result, row, COLUMN_KIND),
		    PQgetvalue(result, row, COLUMN_NAME),
		    db_get_number(result, row, COLUMN_DELIVERIES));
	PQclear(result);
	return DB_STATUS_OK;
}
