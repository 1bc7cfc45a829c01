/*
 * One transactional e-mail handed in over the API: stored with its queue row, so that the relay takes it. Blocking.
 * (Mail that comes over SMTP is stored by db/message_store.h.)
 */
#ifndef DB_TRANSACTIONAL_MESSAGE_H
#define DB_TRANSACTIONAL_MESSAGE_H

#include <stdint.h>

#include "base/error.h"
#include "db/composition.h"
#include "db/connection.h"

struct transactional_message {
	const struct composition *composition; /* its subject is what the report shows, too */
	const char *recipient;
	int32_t group_id; /* a group of the account; 0: see group_name */
	/* Made when the account has none of that name; NULL: the default group */
	const char *group_name;
	const char *note; /* for the report; or NULL */
};

struct transactional_message_ids {
	int64_t message_id;
	int64_t delivery_id; /* the API's TransactionalID */
};

/* Stores message, queue row and a group that is new, and wakes the relay, in one transaction, and enters it in the
 * ledger. DB_STATUS_LIMITED: the account is at its limit; a row in reporting says so. */
enum db_status transactional_message_create(struct db_connection *connection,
    const struct transactional_message *message, struct transactional_message_ids *ids,
    struct error *error);

/* The same within the caller's transaction, which is to be undone without DB_STATUS_OK; no row says anything then.
 * transactional_message_committed() is called when it is committed. */
enum db_status transactional_message_store(struct db_connection *connection,
    const struct transactional_message *message, struct transactional_message_ids *ids,
    struct error *error);

void transactional_message_committed(
    const struct transactional_message *message, const struct transactional_message_ids *ids);

#endif
