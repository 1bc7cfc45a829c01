#include "db/email_group_report.h"

#include <glib.h>

#include "db/text_array.h"

/* A page has as many values at most, and ends with the member that passes so many bytes. */
enum { MEMBER_PAGE_VALUES = 10000, MEMBER_PAGE_FIRST = 100 };
#define MEMBER_PAGE_BYTES "16777216"

enum field_column { FIELD_NAME, FIELD_KEY };
enum member_column { MEMBER_ID, MEMBER_ADDRESS, MEMBER_VALUE };

enum db_status
email_group_fields_read(struct db_connection *connection, int64_t account_id, int32_t group_id,
    struct email_group_fields *fields, struct error *error)
{
	static const char sql[] = "SELECT name, name_key FROM email_group_field "
				  "WHERE account_id = $1 AND group_id = $2 ORDER BY position";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(group_id, group)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);
	const char **keys;

	if (status != DB_STATUS_OK)
		return status;
	fields->count = (size_t)PQntuples(result);
	fields->names = g_new0(char *, fields->count + 1);
	keys = g_new0(const char *, fields->count + 1);
	for (size_t i = 0; i < fields->count; i++) {
		fields->names[i] = g_strdup(PQgetvalue(result, (int)i, FIELD_NAME));
		keys[i] = PQgetvalue(result, (int)i, FIELD_KEY);
	}
	fields->keys = db_text_array(keys, fields->count);
	g_free(keys);
	PQclear(result);
	return DB_STATUS_OK;
}

void
email_group_fields_clear(struct email_group_fields *fields)
{
	g_strfreev(fields->names);
	g_free(fields->keys);
}

/* Rows (member_id, address, value), one for each field of a member or, without fields, one a member. */
static bool
page_report(const PGresult *result, size_t fields, email_group_member_each *each, void *arg)
{
	const char **values = g_new(const char *, fields + 1);
	int step = (int)MAX(fields, 1);
	bool more = true;

	for (int row = 0; row < PQntuples(result) && more; row += step) {
		values[0] = PQgetvalue(result, row, MEMBER_ADDRESS);
		for (size_t i = 0; i < fields; i++)
			values[i + 1] = PQgetvalue(result, row + (int)i, MEMBER_VALUE);
		more = each(arg, values);
	}
	g_free(values);
	return more;
}

/* $1 account, $2 group, $3 the last member of the page before, $4 members, $5 the fields' keys, $6 of the condition. */
#define MEMBERS(condition)                                                                                 \
	"SELECT m.member_id, m.email_address, coalesce(m.fields ->> f.key, '') "                           \
	"FROM (SELECT *, sum(bytes) OVER (ORDER BY member_id) - bytes AS before "                          \
	"  FROM (SELECT member_id, email_address, fields, octet_length(fields::text) AS bytes "            \
	"    FROM email_group_member WHERE account_id = $1 AND group_id = $2 AND member_id > $3" condition \
	"    ORDER BY member_id LIMIT $4) AS page) AS m "                                                  \
	"LEFT JOIN unnest($5::text[]) WITH ORDINALITY AS f (key, position) ON true "                       \
	"WHERE before < " MEMBER_PAGE_BYTES " ORDER BY m.member_id, f.position"

static const char members_all[] = MEMBERS("");
static const char members_by_id[] = MEMBERS(" AND member_id = $6");
static const char members_by_address[] =
    MEMBERS(" AND address_key = lower($6 COLLATE \"und-x-icu\")");

enum db_status
email_group_member_list(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const struct email_group_fields *fields, const struct email_group_selection *selection,
    email_group_member_each *each, void *arg, struct error *error)
{
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE], last[DB_NUMBER_SIZE] = "0";
	char page[DB_NUMBER_SIZE], member[DB_NUMBER_SIZE];
	const char *sql = selection->address != NULL ? members_by_address
	    : selection->member_id != 0              ? members_by_id
						     : members_all;
	const int count = sql == members_all ? 5 : 6;
	const int step = (int)MAX(fields->count, 1);
	const char *values[] = {db_number(account_id, account), db_number(group_id, group), last,
	    db_number(MEMBER_PAGE_FIRST, page), fields->keys,
	    selection->address != NULL ? selection->address
				       : db_number(selection->member_id, member)};
	bool more = true;

	while (more) {
		PGresult *result;
		enum db_status status = db_query(connection, sql, count, values, &result, error);
		int rows;

		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		more = page_report(result, fields->count, each, arg) && rows > 0;
		if (rows > 0)
			g_strlcpy(last, PQgetvalue(result, rows - 1, MEMBER_ID), sizeof(last));
		/* Where bytes ended the page, PostgreSQL measured the rest of it for nothing. */
		db_number(MIN(rows / step * 2, MAX(MEMBER_PAGE_VALUES / step, 1)), page);
		PQclear(result);
	}
	return DB_STATUS_OK;
}
