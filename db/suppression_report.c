#include "db/suppression_report.h"

#include <glib.h>

enum { SUPPRESSION_PAGE = 5000 };

enum report_column { ROW_POSITION, ROW_ADDRESS, ROW_SMTP_CODE, ROW_DEFINITIVE, ROW_WHEN };

#define SINCE "(timestamptz 'epoch' + $2 * interval '1 microsecond')"
#define CREATED_AT "(extract(epoch FROM created_at) * 1000000)::bigint"
#define ENTRY_COLUMNS "address_key, email_address, smtp_code, true, " CREATED_AT
#define NEXT_PAGE " AND address_key > $3 ORDER BY address_key LIMIT $4"

/* $1 the account, $2 since (microseconds), $3 the last address_key of the page before, $4 rows. */
static const char *const selections[] = {
    [SUPPRESSION_UNSUBSCRIBED] =
	"SELECT " ENTRY_COLUMNS " FROM suppression "
	"WHERE account_id = $1 AND kind = 'unsubscribe' AND created_at >= " SINCE NEXT_PAGE,
    [SUPPRESSION_BOUNCED] =
	"SELECT " ENTRY_COLUMNS " FROM suppression "
	"WHERE account_id = $1 AND kind = 'bounce' AND created_at >= " SINCE NEXT_PAGE,
    [SUPPRESSION_BOUNCED_AGAIN] =
	"SELECT " ENTRY_COLUMNS " FROM suppression AS s "
	"WHERE account_id = $1 AND kind = 'bounce' AND (created_at >= " SINCE
	" OR EXISTS (SELECT FROM bounce AS b WHERE b.account_id = $1 "
	"  AND b.address_key = s.address_key AND b.created_at >= " SINCE
	" AND NOT b.forgiven))" NEXT_PAGE,
    /* Of each address the entry in the list or, where there is none, its last bounce. */
    [SUPPRESSION_BOUNCED_EVER] =
	"WITH page AS MATERIALIZED (SELECT address_key FROM ("
	"  (SELECT address_key FROM suppression WHERE account_id = $1 AND kind = 'bounce' "
	"    AND created_at >= " SINCE NEXT_PAGE ") UNION "
	"  (SELECT DISTINCT address_key FROM bounce WHERE account_id = $1 AND NOT forgiven "
	"    AND created_at >= " SINCE NEXT_PAGE ")) AS keys ORDER BY address_key LIMIT $4) "
	"SELECT page.address_key, told.email_address, told.smtp_code, told.definitive, " CREATED_AT
	" FROM page CROSS JOIN LATERAL ("
	"  SELECT email_address, smtp_code, true AS definitive, created_at, 1 AS rank "
	"  FROM suppression WHERE account_id = $1 AND kind = 'bounce' "
	"    AND address_key = page.address_key "
	"  UNION ALL "
	"  SELECT email_address, smtp_code, definitive, created_at, 2 FROM bounce "
	"  WHERE account_id = $1 AND address_key = page.address_key AND NOT forgiven "
	"  ORDER BY rank, created_at DESC LIMIT 1) AS told "
	"ORDER BY page.address_key",
};

/* Whether more are wanted. */
static bool
rows_report(const PGresult *result, suppression_each *each, void *arg)
{
	for (int row = 0; row < PQntuples(result); row++) {
		const struct suppression_row told = {
		    .address = PQgetvalue(result, row, ROW_ADDRESS),
		    .smtp_code = PQgetvalue(result, row, ROW_SMTP_CODE),
		    .is_definitive = PQgetvalue(result, row, ROW_DEFINITIVE)[0] == 't',
		    .when = db_get_number(result, row, ROW_WHEN),
		};

		if (!each(arg, &told))
			return false;
	}
	return true;
}

/* sql: $1 the account, $2 a number, $3 the position of the last row before, $4 rows. */
static enum db_status
report_read(struct db_connection *connection, const char *sql, int64_t account_id, int64_t number,
    const char *first, suppression_each *each, void *arg, struct error *error)
{
	char account[DB_NUMBER_SIZE], second[DB_NUMBER_SIZE], page[DB_NUMBER_SIZE];
	g_autofree char *last = g_strdup(first);
	bool more;
	int rows;

	do {
		const char *values[] = {db_number(account_id, account), db_number(number, second),
		    last, db_number(SUPPRESSION_PAGE, page)};
		PGresult *result;
		enum db_status status = db_query(connection, sql, 4, values, &result, error);

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		more = rows_report(result, each, arg);
		if (rows > 0) {
			g_free(last);
			last = g_strdup(PQgetvalue(result, rows - 1, ROW_POSITION));
		}
		PQclear(result);
	} while (more && rows == SUPPRESSION_PAGE);
	return DB_STATUS_OK;
}

enum db_status
suppression_list(struct db_connection *connection, int64_t account_id,
    enum suppression_selection selection, int64_t since, suppression_each *each, void *arg,
    struct error *error)
{
	return report_read(
	    connection, selections[selection], account_id, since, "", each, arg, error);
}

enum db_status
suppression_list_campaign_bounces(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, suppression_each *each, void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT delivery_id, email_address, smtp_code, definitive, " CREATED_AT
	    " FROM bounce WHERE account_id = $1 AND campaign_id = $2 "
	    "AND delivery_id > $3 ORDER BY delivery_id LIMIT $4";

	return report_read(connection, sql, account_id, campaign_id, "0", each, arg, error);
}

enum db_status
suppression_list_campaign_unsubscribes(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, suppression_each *each, void *arg, struct error *error)
{
	static const char sql[] = "SELECT " ENTRY_COLUMNS " FROM suppression "
				  "WHERE account_id = $1 AND campaign_id = $2 "
				  "AND kind = 'unsubscribe'" NEXT_PAGE;

	return report_read(connection, sql, account_id, campaign_id, "", each, arg, error);
}
