#include "db/suppression_entry.h"

#include <string.h>

#include <glib.h>

#include "db/suppression.h"

enum { ENTRY_PAGE = 5000 };

enum entry_column {
	COLUMN_KIND,
	COLUMN_ADDRESS,
	COLUMN_SMTP_CODE,
	COLUMN_STATUS_CODE,
	COLUMN_CAMPAIGN_ID,
	COLUMN_SINCE,
	COLUMN_KEY
};

static enum suppression_kind
entry_kind(const PGresult *result, int row)
{
	return strcmp(PQgetvalue(result, row, COLUMN_KIND), "bounce") == 0
	    ? SUPPRESSION_BOUNCE
	    : SUPPRESSION_UNSUBSCRIBE;
}

/* Whether more are wanted. */
static bool
rows_tell(const PGresult *result, bool (*each)(void *arg, const struct suppression_entry_row *row),
    void *arg)
{
	for (int row = 0; row < PQntuples(result); row++) {
		const struct suppression_entry_row told = {
		    .kind = entry_kind(result, row),
		    .address = PQgetvalue(result, row, COLUMN_ADDRESS),
		    .smtp_code = PQgetvalue(result, row, COLUMN_SMTP_CODE),
		    .status_code = PQgetvalue(result, row, COLUMN_STATUS_CODE),
		    .campaign_id = (int32_t)db_get_number(result, row, COLUMN_CAMPAIGN_ID),
		    .since = db_get_number(result, row, COLUMN_SINCE),
		};

		if (!each(arg, &told))
			return false;
	}
	return true;
}

enum db_status
suppression_entry_list(struct db_connection *connection, int64_t account_id,
    const struct suppression_entry_filter *filter,
    bool (*each)(void *arg, const struct suppression_entry_row *row), void *arg,
    struct error *error)
{
	/* Behind the entry of address $2 and list $3, in the order of the primary key. */
	static const char sql[] =
	    "SELECT kind, email_address, smtp_code, status_code, campaign_id, " DB_MICROSECONDS(
		"created_at") ", address_key FROM suppression "
			      "WHERE account_id = $1 AND (address_key, kind) > ($2, $3::suppression_kind) "
			      "AND kind = ANY ($4::suppression_kind[]) AND " DB_MICROSECONDS(
				  "created_at") " >= $5 AND " DB_MICROSECONDS("created_at") " < $6 "
											    "ORDER BY address_key, kind LIMIT $7";
	char account[DB_NUMBER_SIZE], begin[DB_NUMBER_SIZE], end[DB_NUMBER_SIZE],
	    page[DB_NUMBER_SIZE];
	const char *kinds = filter->bounces && filter->unsubscribes ? "{bounce,unsubscribe}"
	    : filter->bounces                                       ? "{bounce}"
								    : "{unsubscribe}";
	g_autofree char *key = g_strdup("");
	const char *kind = suppression_kind_name(SUPPRESSION_UNSUBSCRIBE);
	bool more;
	int rows;

	do {
		const char *values[] = {db_number(account_id, account), key, kind, kinds,
		    db_number(filter->begin, begin), db_number(filter->end, end),
		    db_number(ENTRY_PAGE, page)};
		PGresult *result;
		enum db_status status = db_query(connection, sql, 7, values, &result, error);

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		more = rows_tell(result, each, arg);
		if (rows > 0) {
			g_free(key);
			key = g_strdup(PQgetvalue(result, rows - 1, COLUMN_KEY));
			kind = suppression_kind_name(entry_kind(result, rows - 1));
		}
		PQclear(result);
	} while (more && rows == ENTRY_PAGE);
	return DB_STATUS_OK;
}
