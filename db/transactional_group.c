#include "db/transactional_group.h"

enum db_status
transactional_group_create(struct db_connection *connection, int64_t account_id, const char *name,
    int32_t *group_id, struct error *error)
{
	static const char sql[] = "INSERT INTO transactional_group (account_id, name) "
				  "VALUES ($1, $2) RETURNING group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), name};
	bool made;

	return db_query_id(connection, sql, 2, values, group_id, &made, error);
}

enum db_status
transactional_group_find_name(struct db_connection *connection, int64_t account_id,
    const char *name, struct transactional_group *group, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT group_id, is_default FROM transactional_group "
	    "WHERE account_id = $1 AND name_key = lower($2 COLLATE \"und-x-icu\")";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), name};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	*found = false;
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0) {
		*found = true;
		group->group_id = (int32_t)db_get_number(result, 0, 0);
		group->is_default = *PQgetvalue(result, 0, 1) == 't';
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
transactional_group_find_id(struct db_connection *connection, int64_t account_id, int32_t group_id,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT FROM transactional_group WHERE account_id = $1 AND group_id = $2";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(group_id, group)};

	return db_query_any(connection, sql, 2, values, found, error);
}

enum db_status
transactional_group_rename(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const char *new_name, bool *found, struct error *error)
{
	static const char sql[] =
	    "UPDATE transactional_group SET name = $3 "
	    "WHERE account_id = $1 AND group_id = $2 AND NOT is_default RETURNING group_id";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {
	    db_number(account_id, account), db_number(group_id, group), new_name};

	return db_query_any(connection, sql, 3, values, found, error);
}

enum db_status
transactional_group_delete(struct db_connection *connection, int64_t account_id, int32_t group_id,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "DELETE FROM transactional_group "
	    "WHERE account_id = $1 AND group_id = $2 AND NOT is_default RETURNING group_id";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(group_id, group)};

	return db_query_any(connection, sql, 2, values, found, error);
}

enum db_status
transactional_group_list(struct db_connection *connection, int64_t account_id,
    transactional_group_each *each, void *arg, struct error *error)
{
	static const char sql[] = "SELECT group_id, name FROM transactional_group "
				  "WHERE account_id = $1 ORDER BY group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 1, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++)
		if (!each(arg, (int32_t)db_get_number(result, row, 0), PQgetvalue(result, row, 1)))
			break;
	PQclear(result);
	return DB_STATUS_OK;
}
