/* The summary of db/queue_list.h. */
#include "db/queue_list.h"

#include <string.h>

enum summary_column {
	SUMMARY_DESTINATION,
	SUMMARY_COUNT, /* struct queue_count */
	SUMMARY_OLDEST_AT = SUMMARY_COUNT + 3,
	SUMMARY_NEXT_ATTEMPT_AT,
	SUMMARY_TRIED_ACCOUNT,
	SUMMARY_TRIED_DELIVERY,
	SUMMARY_DESTINATIONS,
	SUMMARY_TOTAL /* struct queue_count */
};

static const char summary_sql[] = "WITH destination AS (SELECT " QUEUE_DESTINATION(
    "q.recipient") " AS name, "
		   "  count(*) FILTER (WHERE claim IS NULL AND isfinite(next_attempt_at)) AS waiting, "
		   "  count(*) FILTER (WHERE claim IS NOT NULL) AS trying, "
		   "  count(*) FILTER (WHERE claim IS NULL AND NOT isfinite(next_attempt_at)) AS held, "
		   "  min(queued_at) AS oldest_at, "
		   "  min(next_attempt_at) FILTER (WHERE claim IS NULL AND isfinite(next_attempt_at)) AS next_at, "
		   "  max(ARRAY[delivery_id, account_id]) FILTER (WHERE attempts > 0) AS tried "
		   " " QUEUE_MATCHES " GROUP BY 1) "
		   "SELECT name, waiting, trying, held, " DB_MICROSECONDS("oldest_at") ", " DB_MICROSECONDS(
		       "next_at") ", tried[2], tried[1], "
				  " count(*) OVER (), sum(waiting) OVER (), sum(trying) OVER (), sum(held) OVER () "
				  "FROM destination ORDER BY waiting + trying + held DESC, name LIMIT $9::bigint";

static struct queue_count
summary_count(const PGresult *result, int row, int column)
{
	return (struct queue_count){.waiting = db_get_number(result, row, column),
	    .trying = db_get_number(result, row, column + 1),
	    .held = db_get_number(result, row, column + 2)};
}

enum db_status
queue_summary(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_destination *destination), void *arg,
    struct queue_total *total, struct error *error)
{
	struct queue_page page;
	PGresult *result;
	enum db_status status;

	memset(total, 0, sizeof(*total));
	queue_page_init(&page, filter);
	db_number(filter->limit, page.rows);
	status = db_query(connection, summary_sql, QUEUE_PAGE_VALUES, page.values, &result, error);
	queue_page_clear(&page);
	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		struct queue_destination destination = {
		    .name = PQgetvalue(result, row, SUMMARY_DESTINATION),
		    .count = summary_count(result, row, SUMMARY_COUNT),
		    .oldest_at = db_get_number(result, row, SUMMARY_OLDEST_AT),
		    .next_attempt_at = db_get_number(result, row, SUMMARY_NEXT_ATTEMPT_AT),
		    .tried_account_id = db_get_number(result, row, SUMMARY_TRIED_ACCOUNT),
		    .tried_delivery_id = db_get_number(result, row, SUMMARY_TRIED_DELIVERY)};

		total->destinations = db_get_number(result, row, SUMMARY_DESTINATIONS);
		total->count = summary_count(result, row, SUMMARY_TOTAL);
		each(arg, &destination);
	}
	PQclear(result);
	return DB_STATUS_OK;
}
