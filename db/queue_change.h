/*
 * What an operator does to what waits for delivery. Blocking; a page of deliveries is one transaction.
 *
 * A delivery that a worker has claimed is the worker's alone (db/worker.h), and is left to it. It is held by a next_attempt_at of
 * 'infinity', which no claim reaches.
 */
#ifndef DB_QUEUE_CHANGE_H
#define DB_QUEUE_CHANGE_H

#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/queue_filter.h"

enum queue_change {
	QUEUE_RETRY, /* due now, and destinations that rest after failures are tried; not what is held */
	QUEUE_DELETE, /* ends as failed, which the log says; its sender is told nothing */
	QUEUE_HOLD,
	QUEUE_RELEASE /* what is held is due now */
};

/* Of the deliveries that the filter chose. */
struct queue_changed {
	int64_t changed;
	int64_t
	    passed_over; /* held, for QUEUE_RETRY; held already, for QUEUE_HOLD; not held, for QUEUE_RELEASE */
	int64_t trying; /* claimed, or ended meanwhile */
};

/* changed tells what was done, also where that failed in the middle. Claims of workers that died are released first, so that it does
 * not take a relay to change what they left. */
enum db_status queue_change(struct db_connection *connection, const struct queue_filter *filter,
    enum queue_change change, struct queue_changed *changed, struct error *error);

#endif
