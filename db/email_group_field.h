/*
 * Fields of e-mail groups, and values of members, changed for the API. Blocking. Names of groups and fields, and
 * addresses: any case.
 *
 * Each change is a transaction that holds the lock on the group's row: of two that meet, the second sees what the first
 * left, and nothing is half done. Reading: db/email_group_report.h.
 */
#ifndef DB_EMAIL_GROUP_FIELD_H
#define DB_EMAIL_GROUP_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* What a change that ended in DB_STATUS_OK found; but for the first, nothing was changed. */
enum email_group_change {
	EMAIL_GROUP_CHANGED,
	EMAIL_GROUP_NO_GROUP,
	EMAIL_GROUP_NO_FIELD,
	EMAIL_GROUP_NO_MEMBER
};

/* Adds a field behind the others. position: from 1. DB_STATUS_UNIQUE: the group has a field of that name. */
enum db_status email_group_field_add(struct db_connection *connection, int64_t account_id,
    const char *group_name, const char *field_name, int32_t *position,
    enum email_group_change *change, struct error *error);

/* Within a transaction: locks the group's row, and adds those of the names that the group does not have yet, in order. group_id and
 * account_id: numbers as text; names: a text[] (db/text_array.h). */
enum db_status email_group_fields_complete(struct db_connection *connection, const char *account_id,
    const char *group_id, const char *names, struct error *error);

/* Members lose their values of it. position: the one that it had. */
enum db_status email_group_field_delete(struct db_connection *connection, int64_t account_id,
    const char *group_name, const char *field_name, int32_t *position,
    enum email_group_change *change, struct error *error);

/* One value of one member, or its address. */
struct email_group_edit {
	const char *group_name;
	const char *address; /* the member; NULL: member_id says which */
	int32_t member_id;
	const char *field_name; /* NULL: the address is what changes */
	const char *value;
};

/* member_id: whose value it was. DB_STATUS_UNIQUE: another member has that address. */
enum db_status email_group_member_edit(struct db_connection *connection, int64_t account_id,
    const struct email_group_edit *edit, int32_t *member_id, enum email_group_change *change,
    struct error *error);

#endif
