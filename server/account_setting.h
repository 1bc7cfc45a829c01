/* Settings of accounts, as the command line has them. README has the list. */
#ifndef SERVER_ACCOUNT_SETTING_H
#define SERVER_ACCOUNT_SETTING_H

#include <stdbool.h>

#include "base/error.h"
#include "db/account.h"
#include "db/connection.h"

#include "server/config.h"

/* "neither", "manager", "from", "both" */
const char *account_setting_notices(enum account_notices notices);

/* Sets one. account: its name, any case. found: whether there is such an account. False: there is no such setting, it does not take that
 * value under this configuration, or the database failed; error says which. */
bool account_setting_set(struct db_connection *connection, const struct config *config,
    const char *account, const char *setting, const char *value, bool *found, struct error *error);

#endif
