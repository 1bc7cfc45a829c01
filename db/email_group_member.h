/* Members of e-mail groups and their fields, for the API. Blocking. Addresses and field names: any case. */
#ifndef DB_EMAIL_GROUP_MEMBER_H
#define DB_EMAIL_GROUP_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum { EMAIL_GROUP_FIELD_NAME_MAX = 255 }; /* characters */

struct email_group_member {
	const char *address;
	const char *const *field_names; /* distinct regardless of case */
	const char *const *field_values;
	size_t field_count;
};

/* distinct: whether no two of the names are one to the database, which judges letters outside ASCII by ICU. */
enum db_status email_group_field_names_compare(struct db_connection *connection,
    const char *const *names, size_t count, bool *distinct, struct error *error);

/* Adds a member; fields that the group does not have yet are added to it, in order. DB_STATUS_UNIQUE: the address is a
 * member already. DB_STATUS_FOREIGN_KEY: the group is gone. */
enum db_status email_group_member_add(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const struct email_group_member *member, int32_t *member_id,
    struct error *error);

/* found: whether the address was a member; member_id is then the id it had. */
enum db_status email_group_member_delete(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const char *address, int32_t *member_id, bool *found, struct error *error);

enum db_status email_group_member_exists(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const char *address, bool *exists, struct error *error);

enum db_status email_group_member_count(struct db_connection *connection, int64_t account_id,
    int32_t group_id, int64_t *count, struct error *error);

#endif
