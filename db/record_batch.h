/* One transaction of attempts recorded: what it says to the database. When it is sent, and what comes after: queue_record.c. */
#ifndef DB_RECORD_BATCH_H
#define DB_RECORD_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/queue.h"
#include "db/pipeline.h"

struct record {
	struct delivery *delivery;
	struct attempt *attempt; /* NULL: given back unattempted */
	GString *conversation;   /* its transcript, encoded; NULL: the text is stored */
	int64_t due_at;          /* next attempt, unless it ended */
	void (*done)(void *arg); /* or NULL */
	void *arg;
};

struct record_batch {
	struct queue_records *records;
	GPtrArray *list; /* struct record, not owned */
	unsigned tries;
	bool again; /* some of it is recorded already */
	bool
	    logged; /* the transcripts, bounces and reports are written too; false: the queue alone, as the last resort */
};

/* identity, former: the worker that claimed the deliveries is one of them. */
void record_batch_send(struct record_batch *batch, struct pipeline *pipeline, int64_t identity,
    int64_t former, pipeline_done *done);

#endif
