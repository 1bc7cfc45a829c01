#include "db/email_group_field.h"

/* Numbers of the group as text, for the head of every statement's values. */
struct locked_group {
	char account[DB_NUMBER_SIZE];
	char group[DB_NUMBER_SIZE];
};

/* Begins a transaction that holds the group's row. Without DB_STATUS_OK and `found` there is none. */
static enum db_status
group_lock(struct db_connection *connection, int64_t account_id, const char *group_name,
    struct locked_group *group, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT group_id FROM email_group WHERE account_id = $1 "
	    "AND name_key = lower($2 COLLATE \"und-x-icu\") FOR NO KEY UPDATE";
	const char *values[] = {db_number(account_id, group->account), group_name};
	int64_t number = 0;
	enum db_status status = db_begin(connection, error);

	if (status != DB_STATUS_OK)
		return status;
	status = db_query_number(connection, sql, 2, values, &number, found, error);
	if (status != DB_STATUS_OK || !*found)
		db_rollback(connection);
	db_number(number, group->group);
	return status;
}

/* Ends it: with the change, if one was made. */
static enum db_status
group_unlock(struct db_connection *connection, enum db_status status,
    enum email_group_change change, struct error *error)
{
	if (status == DB_STATUS_OK && change == EMAIL_GROUP_CHANGED)
		return db_commit(connection, error);
	db_rollback(connection);
	return status;
}

enum db_status
email_group_field_add(struct db_connection *connection, int64_t account_id, const char *group_name,
    const char *field_name, int32_t *position, enum email_group_change *change, struct error *error)
{
	static const char sql[] =
	    "INSERT INTO email_group_field (account_id, group_id, position, name) "
	    "SELECT $1, $2, coalesce(max(position), 0) + 1, $3 FROM email_group_field "
	    "WHERE account_id = $1 AND group_id = $2 RETURNING position";
	struct locked_group group;
	const char *values[] = {group.account, group.group, field_name};
	int64_t number = 0;
	bool found;
	enum db_status status =
	    group_lock(connection, account_id, group_name, &group, &found, error);

	*change = EMAIL_GROUP_NO_GROUP;
	if (status != DB_STATUS_OK || !found)
		return status;
	*change = EMAIL_GROUP_CHANGED;
	status = db_query_number(connection, sql, 3, values, &number, &found, error);
	*position = (int32_t)number;
	return group_unlock(connection, status, *change, error);
}

enum db_status
email_group_fields_complete(struct db_connection *connection, const char *account_id,
    const char *group_id, const char *names, struct error *error)
{
	static const char lock[] =
	    "SELECT FROM email_group WHERE account_id = $1 AND group_id = $2 FOR NO KEY UPDATE";
	static const char add[] =
	    "INSERT INTO email_group_field (account_id, group_id, position, name) "
	    "SELECT $1, $2, row_number() OVER (ORDER BY wanted.number) + "
	    "  (SELECT coalesce(max(position), 0) FROM email_group_field "
	    "   WHERE account_id = $1 AND group_id = $2), wanted.name "
	    "FROM unnest($3::text[]) WITH ORDINALITY AS wanted (name, number) "
	    "WHERE NOT EXISTS (SELECT FROM email_group_field f WHERE f.account_id = $1 "
	    "  AND f.group_id = $2 AND f.name_key = lower(wanted.name COLLATE \"und-x-icu\"))";
	const char *values[] = {account_id, group_id, names};
	enum db_status status = db_query(connection, lock, 2, values, NULL, error);

	if (status != DB_STATUS_OK)
		return status;
	return db_query(connection, add, 3, values, NULL, error);
}

/* Within the transaction. The members are updated by a statement of its own, which sees those that were added until the
 * field's row was gone. */
static enum db_status
field_remove(struct db_connection *connection, const struct locked_group *group,
    const char *field_name, int64_t *position, bool *found, struct error *error)
{
	static const char field[] =
	    "DELETE FROM email_group_field WHERE account_id = $1 AND group_id = $2 "
	    "AND name_key = lower($3 COLLATE \"und-x-icu\") RETURNING position";
	static const char members[] =
	    "UPDATE email_group_member SET fields = fields - lower($3 COLLATE \"und-x-icu\") "
	    "WHERE account_id = $1 AND group_id = $2 "
	    "AND fields ? lower($3 COLLATE \"und-x-icu\")";
	const char *values[] = {group->account, group->group, field_name};
	enum db_status status =
	    db_query_number(connection, field, 3, values, position, found, error);

	if (status != DB_STATUS_OK || !*found)
		return status;
	return db_query(connection, members, 3, values, NULL, error);
}

enum db_status
email_group_field_delete(struct db_connection *connection, int64_t account_id,
    const char *group_name, const char *field_name, int32_t *position,
    enum email_group_change *change, struct error *error)
{
	struct locked_group group;
	int64_t number = 0;
	bool found;
	enum db_status status =
	    group_lock(connection, account_id, group_name, &group, &found, error);

	*change = EMAIL_GROUP_NO_GROUP;
	if (status != DB_STATUS_OK || !found)
		return status;
	status = field_remove(connection, &group, field_name, &number, &found, error);
	*position = (int32_t)number;
	*change = found ? EMAIL_GROUP_CHANGED : EMAIL_GROUP_NO_FIELD;
	return group_unlock(connection, status, *change, error);
}

/* Within the transaction: the field that is there stays until its end. */
static enum db_status
field_find(struct db_connection *connection, const struct locked_group *group,
    const char *field_name, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT position FROM email_group_field WHERE account_id = $1 AND group_id = $2 "
	    "AND name_key = lower($3 COLLATE \"und-x-icu\")";
	const char *values[] = {group->account, group->group, field_name};
	int64_t position;

	return db_query_number(connection, sql, 3, values, &position, found, error);
}

/* $1 account, $2 group, $3 the member's address or NULL, $4 its id, $5 the new value, $6 of the change. */
#define EDIT(change)                                                                               \
	"UPDATE email_group_member SET " change " WHERE account_id = $1 AND group_id = $2 "        \
	"AND CASE WHEN $3::text IS NULL THEN member_id = $4::integer "                             \
	"  ELSE address_key = lower($3::text COLLATE \"und-x-icu\") END "                          \
	"RETURNING member_id"

static enum db_status
member_update(struct db_connection *connection, const struct locked_group *group,
    const struct email_group_edit *edit, int64_t *member_id, bool *found, struct error *error)
{
	static const char address[] = EDIT("email_address = $5");
	static const char field[] = EDIT(
	    "fields = fields || jsonb_build_object(lower($6 COLLATE \"und-x-icu\"), $5::text)");
	char member[DB_NUMBER_SIZE];
	const char *values[] = {group->account, group->group, edit->address,
	    db_number(edit->member_id, member), edit->value, edit->field_name};

	if (edit->field_name == NULL)
		return db_query_number(connection, address, 5, values, member_id, found, error);
	return db_query_number(connection, field, 6, values, member_id, found, error);
}

enum db_status
email_group_member_edit(struct db_connection *connection, int64_t account_id,
    const struct email_group_edit *edit, int32_t *member_id, enum email_group_change *change,
    struct error *error)
{
	struct locked_group group;
	int64_t number = 0;
	bool found;
	enum db_status status =
	    group_lock(connection, account_id, edit->group_name, &group, &found, error);

	*change = EMAIL_GROUP_NO_GROUP;
	if (status != DB_STATUS_OK || !found)
		return status;
	*change = EMAIL_GROUP_NO_FIELD;
	if (edit->field_name != NULL)
		status = field_find(connection, &group, edit->field_name, &found, error);
	if (status == DB_STATUS_OK && found) {
		status = member_update(connection, &group, edit, &number, &found, error);
		*change = found ? EMAIL_GROUP_CHANGED : EMAIL_GROUP_NO_MEMBER;
	}
	*member_id = (int32_t)number;
	return group_unlock(connection, status, *change, error);
}
