/* What a report that came back is about: the delivery, as its sender asked for it, and the message's beginning. */
#ifndef DB_BOUNCE_ORIGIN_H
#define DB_BOUNCE_ORIGIN_H

#include <stdbool.h>

#include "db/queue.h"

/*
 * delivery: the callee's, with its message; of the content there are as many bytes as were asked for, and one more where there is more.
 * NULL: there is none, or no more, or it was sent by the API. DB_UNAVAILABLE: nothing is known.
 */
typedef void bounce_origin_found(void *arg, enum db_outcome outcome, struct delivery *delivery);

/* Answers once; false: there is no database just now, and no answer. */
bool bounce_origin_find(struct db_worker *worker, int64_t account_id, int64_t delivery_id,
    size_t bytes, bounce_origin_found *done, void *arg);

#endif
