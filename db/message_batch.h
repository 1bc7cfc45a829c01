/* One transaction of the store: what it says to the database. When it is sent, and what comes after: message_store.c. */
#ifndef DB_MESSAGE_BATCH_H
#define DB_MESSAGE_BATCH_H

#include <glib.h>

#include "db/id_source.h"
#include "db/message_store.h"
#include "db/pipeline.h"

/* From this size on a message is a batch of its own, and its bytes go from the message to libpq without a copy between. */
enum { MESSAGE_LARGE = 1 << 20 };

struct message_request {
	struct message *message; /* a reference */
	enum message_claim claim;
	message_store_done *done;
	void *arg;
};

struct message_batch {
	struct message_store *store;
	GPtrArray *requests; /* struct message_request, owned */
	const char *node;    /* names this relay in the report of a refusal */
	int64_t identity;    /* claims are made under it; 0: none are made */
	unsigned tries;
	bool notify; /* tell other workers that unclaimed rows are there */
};

enum message_batch_statement {
	MESSAGE_BATCH_HOLD,
	MESSAGE_BATCH_SUPPRESSED,
	MESSAGE_BATCH_GROUPS,
	MESSAGE_BATCH_MESSAGES,
	MESSAGE_BATCH_QUEUE,
	MESSAGE_BATCH_REFUSED,
	MESSAGE_BATCH_USAGE,
	MESSAGE_BATCH_NOTIFY,
	MESSAGE_BATCH_IDS,
	MESSAGE_BATCH_PARTITIONS
};

/* Ids that a message takes: its own and its deliveries'. */
size_t message_batch_ids(const struct message *message);

/* Gives ids to the batch's messages and deliveries and sends it. */
void message_batch_send(struct message_batch *batch, struct pipeline *pipeline,
    struct id_source *ids, pipeline_done *done);

/* Committed: tells the recipients what is known of them. Returns whether the claims were made,
 * because the worker of `identity` is known. */
bool message_batch_read(struct message_batch *batch, const struct pipeline_outcome *outcome);

#endif
