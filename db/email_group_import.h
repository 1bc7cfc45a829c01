/*
 * Many members of an e-mail group in one transaction, for the API. Blocking.
 *
 *   email_group_import_begin() -> email_group_import_add() for each -> email_group_import_commit()
 *
 * A member that the group has gets the given values, and keeps the others; of two with one address the later counts. The group's row is
 * locked until the end: who deletes it, or a field of it, waits, and another import too.
 */
#ifndef DB_EMAIL_GROUP_IMPORT_H
#define DB_EMAIL_GROUP_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

struct email_group_import;

/* Fields that the group does not have yet are added. names: `count`, distinct regardless of case. Without DB_STATUS_OK there is no
 * import; DB_STATUS_FOREIGN_KEY: the group is gone. */
enum db_status email_group_import_begin(struct db_connection *connection, int64_t account_id,
    int32_t group_id, const char *const *names, size_t count, struct email_group_import **import,
    struct error *error);

/* values: as many as names. All are copied. After anything but DB_STATUS_OK only email_group_import_abandon() may follow. */
enum db_status email_group_import_add(struct email_group_import *import, const char *address,
    const char *const *values, struct error *error);

/* Writes the rest. Frees the import, whatever comes of it. */
enum db_status email_group_import_commit(struct email_group_import *import, struct error *error);

/* Nothing was imported. Frees it. */
void email_group_import_abandon(struct email_group_import *import);

#endif
