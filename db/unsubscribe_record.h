/*
 * The recipient of a campaign's delivery who unsubscribes by mail, for the relay's workers; by its link: db/unsubscribe.h.
 *
 * The delivery is known as long as its SMTP log is kept (log.retention_days), and while it waits.
 */
#ifndef DB_UNSUBSCRIBE_RECORD_H
#define DB_UNSUBSCRIBE_RECORD_H

#include <stdbool.h>

#include "base/delivery_token.h"
#include "db/worker.h"

/* known: whether it is a campaign's delivery that is known; if not, nothing was stored. */
typedef void unsubscribe_recorded(void *arg, enum db_outcome outcome, bool known);

/* Answers once, when its recipient is on the account's unsubscribe list and that is committed; who was there keeps the entry.
 * False: there is no database just now, and no answer. */
bool unsubscribe_record_put(struct db_worker *worker, const struct delivery_token *delivery,
    unsubscribe_recorded *done, void *arg);

#endif
