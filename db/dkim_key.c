#include "db/dkim_key.h"

#include <string.h>

#include <glib.h>

static const char *const dkim_algorithm_names[] = {
    [DKIM_ALGORITHM_RSA] = "rsa-sha256",
    [DKIM_ALGORITHM_ED25519] = "ed25519-sha256",
};

const char *
dkim_algorithm_name(enum dkim_algorithm algorithm)
{
	return dkim_algorithm_names[algorithm];
}

enum dkim_algorithm
dkim_algorithm_read(const char *name)
{
	return g_str_equal(name, dkim_algorithm_names[DKIM_ALGORITHM_ED25519])
	    ? DKIM_ALGORITHM_ED25519
	    : DKIM_ALGORITHM_RSA;
}

void
dkim_key_clear(struct dkim_key *key)
{
	if (key->private_key != NULL)
		explicit_bzero(key->private_key, strlen(key->private_key));
	g_free(key->private_key);
	g_free(key->domain);
	g_free(key->selector);
	memset(key, 0, sizeof(*key));
}

enum db_status
dkim_key_add(struct db_connection *connection, int64_t account_id, const struct dkim_key *key,
    bool *added, struct error *error)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO dkim_key (account_id, domain, selector, algorithm, private_key) "
	    "  SELECT $1::bigint, $2::text, $3::text, $4::text, $5::text "
	    "  WHERE (SELECT count(*) FROM dkim_key "
	    "    WHERE account_id = $1::bigint AND domain = $2::text) < $6::bigint "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM made";
	char account[DB_NUMBER_SIZE], most[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), key->domain, key->selector,
	    dkim_algorithm_name(key->algorithm), key->private_key,
	    db_number(DKIM_DOMAIN_KEYS_MAX, most)};

	return db_query_any(connection, sql, 6, values, added, error);
}

enum db_status
dkim_key_find(struct db_connection *connection, int64_t account_id, const char *domain,
    const char *selector, struct dkim_key *key, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT algorithm, active::int, private_key FROM dkim_key "
	    "WHERE account_id = $1::bigint AND domain = $2::text AND selector = $3::text";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), domain, selector};
	PGresult *result;
	enum db_status status;

	*found = false;
	status = db_query(connection, sql, 3, values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0) {
		*found = true;
		key->domain = g_strdup(domain);
		key->selector = g_strdup(selector);
		key->algorithm = dkim_algorithm_read(PQgetvalue(result, 0, 0));
		key->state = db_get_number(result, 0, 1) ? DKIM_KEY_ACTIVE : DKIM_KEY_IDLE;
		key->private_key = g_strdup(PQgetvalue(result, 0, 2));
		explicit_bzero(PQgetvalue(result, 0, 2), (size_t)PQgetlength(result, 0, 2));
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
dkim_key_remove(struct db_connection *connection, int64_t account_id, const char *domain,
    const char *selector, bool *changed, struct error *error)
{
	static const char sql[] =
	    "WITH removed AS (DELETE FROM dkim_key "
	    "  WHERE account_id = $1::bigint AND domain = $2::text AND selector = $3::text "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM removed";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), domain, selector};

	return db_query_any(connection, sql, 3, values, changed, error);
}

enum db_status
dkim_key_set_state(struct db_connection *connection, int64_t account_id, const char *domain,
    const char *selector, enum dkim_key_state state, bool *changed, struct error *error)
{
	static const char sql[] =
	    "WITH changed AS (UPDATE dkim_key SET active = $4::boolean "
	    "  WHERE account_id = $1::bigint AND domain = $2::text AND selector = $3::text "
	    "  RETURNING account_id) "
	    "SELECT pg_notify('bracemail_account', account_id::text) FROM changed";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), domain, selector,
	    state == DKIM_KEY_ACTIVE ? "true" : "false"};

	return db_query_any(connection, sql, 4, values, changed, error);
}

/* Keys as rows of domain, selector, algorithm, active and, where there is a fifth column, private key. */
static enum db_status
dkim_key_read(struct db_connection *connection, const char *sql, int count,
    const char *const *values, void (*each)(void *arg, const struct dkim_key *key), void *arg,
    struct error *error)
{
	PGresult *result;
	enum db_status status = db_query(connection, sql, count, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		bool is_whole = PQnfields(result) > 4;
		const struct dkim_key key = {
		    .domain = PQgetvalue(result, row, 0),
		    .selector = PQgetvalue(result, row, 1),
		    .algorithm = dkim_algorithm_read(PQgetvalue(result, row, 2)),
		    .state = db_get_number(result, row, 3) ? DKIM_KEY_ACTIVE : DKIM_KEY_IDLE,
		    .private_key = is_whole ? PQgetvalue(result, row, 4) : NULL,
		};

		each(arg, &key);
		if (is_whole)
			explicit_bzero(key.private_key, strlen(key.private_key));
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
dkim_key_list(struct db_connection *connection, int64_t account_id,
    void (*each)(void *arg, const struct dkim_key *key), void *arg, struct error *error)
{
	static const char sql[] = "SELECT domain, selector, algorithm, active::int FROM dkim_key "
				  "WHERE account_id = $1::bigint ORDER BY domain, selector";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account)};

	return dkim_key_read(connection, sql, 1, values, each, arg, error);
}

enum db_status
dkim_key_list_all(struct db_connection *connection,
    void (*each)(void *arg, const struct dkim_key *key), void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT domain, selector, algorithm, active::int, private_key FROM dkim_key "
	    "ORDER BY domain, selector, account_id";

	return dkim_key_read(connection, sql, 0, NULL, each, arg, error);
}
