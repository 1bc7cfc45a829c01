/*
 * What a relay worker must know of the database to make and read return paths and links to unsubscribe: the key of
 * their tokens, and which accounts keep their own MAIL FROM; and whom accounts want told of failures. Read before the worker is up, and again when NOTIFY bracemail_account says that an account changed.
 */
#ifndef DB_RETURN_PATH_SETUP_H
#define DB_RETURN_PATH_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/delivery_token.h"
#include "db/worker.h"

/* DELIVERY_TOKEN_KEY_SIZE bytes, the worker's, never changed once known; NULL: the worker was not up yet. */
const uint8_t *return_path_key(const struct db_worker *worker);

/* Whether its mail leaves under the MAIL FROM that it gave. */
bool account_keeps_mail_from(const struct db_worker *worker, int64_t account_id);

/* Whom it wants told of failures (enum account_notices); manager: who that is, "" for nobody, valid until control returns to the
 * event loop. */
unsigned account_failure_notices(
    const struct db_worker *worker, int64_t account_id, const char **manager);

#endif
