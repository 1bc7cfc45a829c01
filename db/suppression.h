/*
 * An account's bounce list and unsubscribe list, for the API. Blocking. (Bounces are recorded by
 * db/queue.h, with the attempt; what the lists mean for a delivery: db/suppressed.h.)
 *
 * Addresses are compared regardless of case; what was given first is kept. An address that is on
 * neither list is mailed.
 */
#ifndef DB_SUPPRESSION_H
#define DB_SUPPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/suppressed.h"

/* "bounce", "unsubscribe": as the database writes it. */
const char *suppression_kind_name(enum suppression_kind kind);

/* suppression_id: the entry's, whether it is new or was there. */
enum db_status suppression_add(struct db_connection *connection, int64_t account_id,
    enum suppression_kind kind, const char *address, int32_t *suppression_id, struct error *error);

/* found: whether it is on that list. */
enum db_status suppression_find(struct db_connection *connection, int64_t account_id,
    enum suppression_kind kind, const char *address, bool *found, struct error *error);

/* found: whether it was on that list. Its bounces until now are forgiven: no list of bounces names
 * the address for them; their campaigns' reports do. */
enum db_status suppression_delete(struct db_connection *connection, int64_t account_id,
    enum suppression_kind kind, const char *address, int32_t *suppression_id, bool *found,
    struct error *error);

#endif
