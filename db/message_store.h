/*
 * The store: messages in, 250 out (group commit).
 *
 * Messages put while a batch is in flight form the next one: one transaction, one round trip, no timers.
 * A batch holds the transactional groups that are new, the messages, their queue rows (or, for refused
 * ones, their report rows). When a batch fails for its content, its messages are tried one by one, so
 * that one bad message fails alone. Batches are bounded (MESSAGE_BATCH_BYTES, MESSAGE_BATCH_ROWS).
 */
#ifndef DB_MESSAGE_STORE_H
#define DB_MESSAGE_STORE_H

#include "db/message.h"
#include "db/worker.h"

enum { MESSAGE_BATCH_BYTES = 8 << 20, MESSAGE_BATCH_ROWS = 2000 };

/* Who delivers it after the commit. */
enum message_claim {
	MESSAGE_CLAIM_MINE, /* the queue rows are claimed by this worker: the caller delivers from memory */
	MESSAGE_CLAIM_NONE /* memory is short: the rows wait for whoever claims them */
};

/* A message that its account's limit leaves no room for becomes MESSAGE_OVER_LIMIT or MESSAGE_OVER_WHOLE_LIMIT, with the reason
 * as its refusal; its report rows are stored instead.
 *
 * outcome DB_OK: committed, synchronous_commit=on; the message has its message_id and delivery ids.
 * claimed tells which of the two happened: a MESSAGE_CLAIM_MINE whose claim was lost meanwhile
 * (reconnection) comes back as MESSAGE_CLAIM_NONE, and must not be delivered from memory. */
typedef void message_store_done(
    void *arg, struct message *message, enum db_outcome outcome, enum message_claim claimed);

/* Takes its own reference to the message until done is called. account_id, recipients, received_at,
 * client, mail_from and subject are set. done is called exactly once, never from within this call. */
void message_store_put(struct db_worker *worker, struct message *message, enum message_claim claim,
    message_store_done *done, void *arg);

#endif
