/* What waits in the queue, counted for operators: one reading of all of it, some three seconds for a million deliveries. Blocking. */
#ifndef DB_QUEUE_STATISTICS_H
#define DB_QUEUE_STATISTICS_H

#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum { QUEUE_STATISTICS_DESTINATIONS_MAX = 20 }; /* those with most; the others are told together */

enum queue_statistics_kind {
	QUEUE_BY_CLAIM,      /* "waiting", "held" by the operator, or "claimed": a worker has it */
	QUEUE_BY_AGE,        /* "1m", "5m", "1h", "6h", "1d": younger than that; "more" */
	QUEUE_BY_DESTINATION /* the domain, in lower case; "": the others together */
};

/* name lives during the call. */
typedef void queue_statistics_each(
    void *arg, enum queue_statistics_kind kind, const char *name, int64_t deliveries);

/* Calls each() for whatever is not nought, in the order of the kinds. */
enum db_status queue_statistics_read(
    struct db_connection *connection, queue_statistics_each *each, void *arg, struct error *error);

#endif
