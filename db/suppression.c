#include "db/suppression.h"

#include "db/unsubscribe_sql.h"

static const char *const kind_names[] = {
    [SUPPRESSION_BOUNCE] = "bounce",
    [SUPPRESSION_UNSUBSCRIBE] = "unsubscribe",
};

const char *
suppression_kind_name(enum suppression_kind kind)
{
	return kind_names[kind];
}

/* sql: $1 the account, $2 the list, $3 the address; its answer is the id of the entry, or no row. */
static enum db_status
query_entry(struct db_connection *connection, const char *sql, int64_t account_id,
    enum suppression_kind kind, const char *address, int32_t *suppression_id, bool *found,
    struct error *error)
{
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), kind_names[kind], address};

	return db_query_id(connection, sql, 3, values, suppression_id, found, error);
}

enum db_status
suppression_add(struct db_connection *connection, int64_t account_id, enum suppression_kind kind,
    const char *address, int32_t *suppression_id, struct error *error)
{
	/* An update that changes nothing, so that the id of what is there comes back. */
	static const char sql[] =
	    "WITH listed AS (INSERT INTO suppression AS s (account_id, kind, email_address) "
	    "  VALUES ($1, $2::suppression_kind, $3) "
	    "  ON CONFLICT (account_id, address_key, kind) DO UPDATE SET email_address = s.email_address "
	    "  RETURNING suppression_id, account_id, kind, email_address) "
	    "SELECT suppression_id, CASE WHEN kind = 'unsubscribe' THEN " UNSUBSCRIBE_SQL_ANNOUNCE
	    " END "
	    "FROM listed";
	bool found;

	return query_entry(
	    connection, sql, account_id, kind, address, suppression_id, &found, error);
}

enum db_status
suppression_find(struct db_connection *connection, int64_t account_id, enum suppression_kind kind,
    const char *address, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT suppression_id FROM suppression WHERE account_id = $1 "
	    "AND address_key = address_fold($3) AND kind = $2::suppression_kind";
	int32_t suppression_id;

	return query_entry(
	    connection, sql, account_id, kind, address, &suppression_id, found, error);
}

enum db_status
suppression_delete(struct db_connection *connection, int64_t account_id, enum suppression_kind kind,
    const char *address, int32_t *suppression_id, bool *found, struct error *error)
{
	static const char sql[] =
	    "WITH forgiven AS (UPDATE bounce SET forgiven = true "
	    "  WHERE $2::suppression_kind = 'bounce' AND account_id = $1 "
	    "  AND address_key = address_fold($3) AND NOT forgiven) "
	    "DELETE FROM suppression WHERE account_id = $1 AND address_key = address_fold($3) "
	    "AND kind = $2::suppression_kind RETURNING suppression_id";

	return query_entry(
	    connection, sql, account_id, kind, address, suppression_id, found, error);
}
