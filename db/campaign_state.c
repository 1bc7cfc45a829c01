#include "db/campaign_state.h"

/* A row of each table, as the table ends with the campaign's range of ids. */
#define OF_CAMPAIGN(table)                                                                         \
	" FROM campaign AS c JOIN " table                                                          \
	" AS d ON d.account_id = c.account_id AND d.campaign_id = c.campaign_id "                  \
	"AND d.delivery_id BETWEEN c.first_delivery_id AND c.last_delivery_id "                    \
	"WHERE c.account_id = $1 AND c.campaign_id = $2"

enum db_status
campaign_state_read(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    struct campaign_state *state, struct error *error)
{
	static const char sql[] =
	    "SELECT q.waiting, q.trying, q.held, l.delivered, l.failed FROM "
	    "(SELECT count(*) FILTER (WHERE d.claim IS NULL AND isfinite(d.next_attempt_at)) AS waiting, "
	    "  count(*) FILTER (WHERE d.claim IS NOT NULL) AS trying, "
	    "  count(*) FILTER (WHERE d.claim IS NULL AND NOT isfinite(d.next_attempt_at)) AS held"
	    "  " OF_CAMPAIGN(
		"queue") ") AS q, "
			 "(SELECT count(*) FILTER (WHERE d.status = 'delivered') AS delivered, "
			 "  count(*) FILTER (WHERE d.status NOT IN ('delivered', 'deferred')) AS failed"
			 "  " OF_CAMPAIGN("smtp_log") ") AS l";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	*state = (struct campaign_state){
	    .queue = {db_get_number(result, 0, 0), db_get_number(result, 0, 1),
		db_get_number(result, 0, 2)},
	    .delivered = db_get_number(result, 0, 3),
	    .failed = db_get_number(result, 0, 4),
	};
	PQclear(result);
	return DB_STATUS_OK;
}
