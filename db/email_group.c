#include "db/email_group.h"

enum db_status
email_group_create(struct db_connection *connection, int64_t account_id, const char *name,
    int32_t *group_id, struct error *error)
{
	static const char sql[] =
	    "INSERT INTO email_group (account_id, name) VALUES ($1, $2) RETURNING group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), name};
	bool made;

	return db_query_id(connection, sql, 2, values, group_id, &made, error);
}

enum db_status
email_group_rename(struct db_connection *connection, int64_t account_id, const char *old_name,
    const char *new_name, int32_t *group_id, bool *found, struct error *error)
{
	static const char sql[] =
	    "UPDATE email_group SET name = $3 "
	    "WHERE account_id = $1 AND name_key = lower($2 COLLATE \"und-x-icu\") RETURNING group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), old_name, new_name};

	return db_query_id(connection, sql, 3, values, group_id, found, error);
}

enum db_status
email_group_delete(struct db_connection *connection, int64_t account_id, const char *name,
    int32_t *group_id, bool *found, struct error *error)
{
	static const char sql[] =
	    "DELETE FROM email_group "
	    "WHERE account_id = $1 AND name_key = lower($2 COLLATE \"und-x-icu\") RETURNING group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), name};

	return db_query_id(connection, sql, 2, values, group_id, found, error);
}

enum db_status
email_group_delete_by_id(struct db_connection *connection, int64_t account_id, int32_t group_id,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "DELETE FROM email_group WHERE account_id = $1 AND group_id = $2 RETURNING group_id";
	char account[DB_NUMBER_SIZE], group[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(group_id, group)};

	return db_query_id(connection, sql, 2, values, &group_id, found, error);
}

enum db_status
email_group_find(struct db_connection *connection, int64_t account_id, const char *name,
    int32_t *group_id, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT group_id FROM email_group "
	    "WHERE account_id = $1 AND name_key = lower($2 COLLATE \"und-x-icu\")";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), name};

	return db_query_id(connection, sql, 2, values, group_id, found, error);
}

enum db_status
email_group_list(struct db_connection *connection, int64_t account_id, email_group_each *each,
    void *arg, struct error *error)
{
	static const char sql[] =
	    "SELECT g.group_id, g.name, (SELECT count(*) FROM email_group_member m "
	    "  WHERE m.account_id = g.account_id AND m.group_id = g.group_id) "
	    "FROM email_group g WHERE g.account_id = $1 ORDER BY g.group_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account)};
	PGresult *result;
	enum db_status status;

	status = db_query(connection, sql, 1, values, &result, error);
	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++)
		if (!each(arg, (int32_t)db_get_number(result, row, 0), PQgetvalue(result, row, 1),
			db_get_number(result, row, 2)))
			break;
	PQclear(result);
	return DB_STATUS_OK;
}
