#include "db/unsubscribe.h"

#include <string.h>

#include <glib.h>

#include "db/unsubscribe_sql.h"

enum origin_column { ORIGIN_ADDRESS, ORIGIN_FROM_EMAIL, ORIGIN_FROM_NAME };

enum db_status
unsubscribe_key(
    struct db_connection *connection, uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct error *error)
{
	static const char sql[] = "SELECT key FROM return_path_key";
	PGresult *result;
	enum db_status status = db_query(connection, sql, 0, NULL, &result, error);
	unsigned char *bytes = NULL;
	size_t size = 0;

	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0)
		bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(result, 0, 0), &size);
	if (bytes != NULL && size == DELIVERY_TOKEN_KEY_SIZE) {
		memcpy(key, bytes, DELIVERY_TOKEN_KEY_SIZE);
	} else {
		error_set(error, "table return_path_key holds no key");
		status = DB_STATUS_FAILED;
	}
	PQfreemem(bytes);
	PQclear(result);
	return status;
}

static enum db_status
query_origin(struct db_connection *connection, const char *sql,
    const struct delivery_token *delivery, struct unsubscribe_origin *origin, bool *found,
    struct error *error)
{
	char account[DB_NUMBER_SIZE], number[DB_NUMBER_SIZE];
	const char *values[] = {
	    db_number(delivery->account_id, account), db_number(delivery->delivery_id, number)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	*found = false;
	*origin = (struct unsubscribe_origin){0};
	if (status != DB_STATUS_OK)
		return status;
	*found = PQntuples(result) > 0;
	if (*found) {
		origin->address = g_strdup(PQgetvalue(result, 0, ORIGIN_ADDRESS));
		origin->from_email = g_strdup(PQgetvalue(result, 0, ORIGIN_FROM_EMAIL));
		origin->from_name = g_strdup(PQgetvalue(result, 0, ORIGIN_FROM_NAME));
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
unsubscribe_find(struct db_connection *connection, const struct delivery_token *delivery,
    struct unsubscribe_origin *origin, bool *found, struct error *error)
{
	static const char sql[] =
	    "WITH " UNSUBSCRIBE_SQL_MAILED " SELECT recipient, from_email, from_name FROM mailed";

	return query_origin(connection, sql, delivery, origin, found, error);
}

enum db_status
unsubscribe_put(struct db_connection *connection, const struct delivery_token *delivery,
    struct unsubscribe_origin *origin, bool *found, struct error *error)
{
	return query_origin(connection, UNSUBSCRIBE_SQL_PUT, delivery, origin, found, error);
}

void
unsubscribe_origin_clear(struct unsubscribe_origin *origin)
{
	g_free(origin->address);
	g_free(origin->from_email);
	g_free(origin->from_name);
	*origin = (struct unsubscribe_origin){0};
}
