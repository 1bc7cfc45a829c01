/*
 * E-mail groups (lists of addresses) of an account, for the API. Blocking. Members: db/email_group_member.h.
 *
 * Names are compared regardless of case; what was typed is kept. found: whether the account has such a group;
 * nothing is changed when it has not.
 */
#ifndef DB_EMAIL_GROUP_H
#define DB_EMAIL_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* DB_STATUS_UNIQUE: the name is taken. */
enum db_status email_group_create(struct db_connection *connection, int64_t account_id,
    const char *name, int32_t *group_id, struct error *error);

/* DB_STATUS_UNIQUE: the new name is taken by another group. */
enum db_status email_group_rename(struct db_connection *connection, int64_t account_id,
    const char *old_name, const char *new_name, int32_t *group_id, bool *found,
    struct error *error);

/* Members and fields go along. */
enum db_status email_group_delete(struct db_connection *connection, int64_t account_id,
    const char *name, int32_t *group_id, bool *found, struct error *error);
enum db_status email_group_delete_by_id(struct db_connection *connection, int64_t account_id,
    int32_t group_id, bool *found, struct error *error);

enum db_status email_group_find(struct db_connection *connection, int64_t account_id,
    const char *name, int32_t *group_id, bool *found, struct error *error);

/* Calls each(arg, ...) for every group in order of id until it returns false. */
typedef bool email_group_each(void *arg, int32_t group_id, const char *name, int64_t members);
enum db_status email_group_list(struct db_connection *connection, int64_t account_id,
    email_group_each *each, void *arg, struct error *error);

#endif
