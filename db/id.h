/*
 * Ids of messages and deliveries (a delivery's id is the API's TransactionalID).
 *
 * An id carries its day: (days since 1970-01-01 UTC) << ID_DAY_SHIFT | number. Numbers come from the
 * sequence id_block, a block of ID_BLOCK at a time, so that a worker makes ids without a round trip.
 * ids_new() in SQL makes the same. Ids fit in 53 bits: JavaScript clients read them whole.
 */
#ifndef DB_ID_H
#define DB_ID_H

#include <stdint.h>

#define ID_MAX ((INT64_C(1) << 53) - 1)

enum { ID_DAY_SHIFT = 36, ID_BLOCK_SHIFT = 12, ID_BLOCK = 1 << ID_BLOCK_SHIFT };

/* block: a value of the sequence id_block; slot: 0 to ID_BLOCK-1; now: microseconds (base/clock.h). */
int64_t id_make(int64_t now, int64_t block, int slot);

/* No id of a message taken before `end`, nor of its deliveries, is this or more. end: microseconds; INT64_MAX: no limit. */
int64_t id_past(int64_t end);

/* Nor is one from `begin` on less than this. */
int64_t id_floor(int64_t begin);

#endif
