#include "db/transactional_group_report.h"

enum report_column {
	COLUMN_ID,
	COLUMN_NAME,
	COLUMN_DEFAULT,
	COLUMN_MESSAGES,
	COLUMN_WAITING,
	COLUMN_LAST_AT
};

enum db_status
transactional_group_report(struct db_connection *connection, int64_t account_id, int32_t group_id,
    void (*each)(void *arg, const struct transactional_group_report *group), void *arg,
    struct error *error)
{
	static const char sql[] =
	    "WITH kept AS (SELECT group_id, count(*) AS messages, max(received_at) AS last_at "
	    "  FROM message WHERE account_id = $1 AND ($2::int = 0 OR group_id = $2::int) GROUP BY group_id), "
	    "waiting AS (SELECT m.group_id, count(*) AS deliveries FROM queue AS q "
	    "  JOIN message AS m ON m.account_id = q.account_id AND m.message_id = q.message_id "
	    "  WHERE q.account_id = $1 GROUP BY m.group_id) "
	    "SELECT g.group_id, g.name, g.is_default, coalesce(k.messages, 0), "
	    "  coalesce(w.deliveries, 0), " DB_MICROSECONDS(
		"k.last_at") " FROM transactional_group AS g LEFT JOIN kept AS k USING (group_id) "
			     "LEFT JOIN waiting AS w USING (group_id) "
			     "WHERE g.account_id = $1 AND ($2::int = 0 OR g.group_id = $2::int) ORDER BY g.group_id";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(group_id, group)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		const struct transactional_group_report told = {
		    .group_id = (int32_t)db_get_number(result, row, COLUMN_ID),
		    .name = PQgetvalue(result, row, COLUMN_NAME),
		    .is_default = *PQgetvalue(result, row, COLUMN_DEFAULT) == 't',
		    .messages = db_get_number(result, row, COLUMN_MESSAGES),
		    .waiting = db_get_number(result, row, COLUMN_WAITING),
		    .last_at = db_get_number(result, row, COLUMN_LAST_AT),
		};

		each(arg, &told);
	}
	PQclear(result);
	return DB_STATUS_OK;
}
