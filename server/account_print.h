/* What `bracemail account` writes of accounts: lines with tabs between their values, or one JSON document. */
#ifndef SERVER_ACCOUNT_PRINT_H
#define SERVER_ACCOUNT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* All accounts. */
bool account_print_list(struct db_connection *connection, bool is_json, struct error *error);

/* What was done to one, in JSON. account_id: 0, where it does not matter. */
void account_print_changed(const char *action, const char *name, int64_t account_id);

#endif
