/*
 * Transactional groups (streams of single e-mails) of an account, for the API. Blocking.
 * Names are compared regardless of case. Every account has a default group, which keeps its name.
 */
#ifndef DB_TRANSACTIONAL_GROUP_H
#define DB_TRANSACTIONAL_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

#define TRANSACTIONAL_GROUP_DEFAULT_NAME "Default Transactional Group"

struct transactional_group {
	int32_t group_id;
	bool is_default;
};

/* DB_STATUS_UNIQUE: the name is taken. */
enum db_status transactional_group_create(struct db_connection *connection, int64_t account_id,
    const char *name, int32_t *group_id, struct error *error);

/* found: whether the account has such a group. */
enum db_status transactional_group_find_name(struct db_connection *connection, int64_t account_id,
    const char *name, struct transactional_group *group, bool *found, struct error *error);
enum db_status transactional_group_find_id(struct db_connection *connection, int64_t account_id,
    int32_t group_id, bool *found, struct error *error);

/* The caller has seen that it is not the default group. DB_STATUS_UNIQUE: another group has the name. */
enum db_status transactional_group_rename(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const char *new_name, bool *found, struct error *error);

/* Never the default group. Its messages keep its id, which names nothing then. found: whether there was such a group. */
enum db_status transactional_group_delete(struct db_connection *connection, int64_t account_id,
    int32_t group_id, bool *found, struct error *error);

/* Calls each(arg, ...) for every group in order of id until it returns false. */
typedef bool transactional_group_each(void *arg, int32_t group_id, const char *name);
enum db_status transactional_group_list(struct db_connection *connection, int64_t account_id,
    transactional_group_each *each, void *arg, struct error *error);

#endif
