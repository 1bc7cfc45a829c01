#include "db/email_group_member.h"

#include <glib.h>

#include "db/email_group_field.h"
#include "db/text_array.h"

/* Numbers of the group as text, for the head of every statement's values. */
struct group_key {
	char account[DB_NUMBER_SIZE];
	char group[DB_NUMBER_SIZE];
};

static void
group_key_set(struct group_key *key, int64_t account_id, int32_t group_id)
{
	db_number(account_id, key->account);
	db_number(group_id, key->group);
}

/* inserted: whether the group has all of the fields; if not, nothing was done. Group and fields are locked, in this order,
 * so that a field that is just being deleted leaves no value behind. */
static enum db_status
member_insert(struct db_connection *connection, const struct group_key *key, const char *address,
    const char *names, const char *field_values, int32_t *member_id, bool *inserted,
    struct error *error)
{
	static const char sql[] =
	    "WITH given AS (SELECT lower(name COLLATE \"und-x-icu\") AS key, value "
	    "  FROM unnest($4::text[], $5::text[]) AS given (name, value)), "
	    "locked AS MATERIALIZED (SELECT account_id, group_id FROM email_group "
	    "  WHERE account_id = $1 AND group_id = $2 FOR KEY SHARE), "
	    "known AS (SELECT f.name_key FROM email_group_field f JOIN locked USING (account_id, group_id) "
	    "  WHERE f.account_id = $1 AND f.group_id = $2 "
	    "  AND f.name_key IN (SELECT key FROM given) FOR KEY SHARE OF f) "
	    "INSERT INTO email_group_member (account_id, group_id, email_address, fields) "
	    "SELECT $1, $2, $3, coalesce(jsonb_object_agg(key, value), '{}') FROM given "
	    "HAVING count(*) = (SELECT count(*) FROM known) RETURNING member_id";
	const char *values[] = {key->account, key->group, address, names, field_values};

	return db_query_id(connection, sql, 5, values, member_id, inserted, error);
}

/* Fields and member come together or not at all. */
static enum db_status
member_insert_with_fields(struct db_connection *connection, const struct group_key *key,
    const char *address, const char *names, const char *values, int32_t *member_id,
    struct error *error)
{
	bool inserted = false;
	enum db_status status = db_begin(connection, error);

	if (status != DB_STATUS_OK)
		return status;
	status = email_group_fields_complete(connection, key->account, key->group, names, error);
	if (status == DB_STATUS_OK)
		status = member_insert(
		    connection, key, address, names, values, member_id, &inserted, error);
	if (status == DB_STATUS_OK && !inserted)
		status = DB_STATUS_FOREIGN_KEY;
	return db_end(connection, status, error);
}

enum db_status
email_group_field_names_compare(struct db_connection *connection, const char *const *names,
    size_t count, bool *distinct, struct error *error)
{
	static const char sql[] =
	    "SELECT count(*) - count(DISTINCT lower(name COLLATE \"und-x-icu\")) "
	    "FROM unnest($1::text[]) AS name";
	char *array = db_text_array(names, count);
	const char *values[] = {array};
	int64_t repeated = 0;
	bool found;
	enum db_status status =
	    db_query_number(connection, sql, 1, values, &repeated, &found, error);

	*distinct = repeated == 0;
	g_free(array);
	return status;
}

enum db_status
email_group_member_add(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const struct email_group_member *member, int32_t *member_id, struct error *error)
{
	char *names = db_text_array(member->field_names, member->field_count);
	char *values = db_text_array(member->field_values, member->field_count);
	struct group_key key;
	bool inserted;
	enum db_status status;

	group_key_set(&key, account_id, group_id);
	status = member_insert(
	    connection, &key, member->address, names, values, member_id, &inserted, error);
	if (status == DB_STATUS_OK && !inserted)
		status = member_insert_with_fields(
		    connection, &key, member->address, names, values, member_id, error);
	g_free(names);
	g_free(values);
	return status;
}

enum db_status
email_group_member_delete(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const char *address, int32_t *member_id, bool *found, struct error *error)
{
	static const char sql[] =
	    "DELETE FROM email_group_member WHERE account_id = $1 AND group_id = $2 "
	    "AND address_key = lower($3 COLLATE \"und-x-icu\") RETURNING member_id";
	struct group_key key;
	const char *values[] = {key.account, key.group, address};

	group_key_set(&key, account_id, group_id);
	return db_query_id(connection, sql, 3, values, member_id, found, error);
}

enum db_status
email_group_member_exists(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const char *address, bool *exists, struct error *error)
{
	static const char sql[] =
	    "SELECT member_id FROM email_group_member WHERE account_id = $1 AND group_id = $2 "
	    "AND address_key = lower($3 COLLATE \"und-x-icu\")";
	struct group_key key;
	const char *values[] = {key.account, key.group, address};
	int64_t member_id;

	group_key_set(&key, account_id, group_id);
	return db_query_number(connection, sql, 3, values, &member_id, exists, error);
}

enum db_status
email_group_member_count(struct db_connection *connection, int64_t account_id, int32_t group_id,
    int64_t *count, struct error *error)
{
	static const char sql[] =
	    "SELECT count(*) FROM email_group_member WHERE account_id = $1 AND group_id = $2";
	struct group_key key;
	const char *values[] = {key.account, key.group};
	bool found;

	group_key_set(&key, account_id, group_id);
	return db_query_number(connection, sql, 2, values, count, &found, error);
}
