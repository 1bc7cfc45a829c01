/*
 * The recipient of a campaign's delivery who unsubscribes by its link, for the API's server. Blocking.
 *
 * The delivery is known as long as its SMTP log is kept (log.retention_days), and while it waits.
 */
#ifndef DB_UNSUBSCRIBE_H
#define DB_UNSUBSCRIBE_H

#include <stdbool.h>

#include "base/delivery_token.h"
#include "base/error.h"
#include "db/connection.h"

/* What the delivery was. unsubscribe_origin_clear() frees the strings. */
struct unsubscribe_origin {
	char *address;    /* the recipient's */
	char *from_email; /* the campaign's; "" when that was deleted */
	char *from_name;  /* "" for none */
};

/* The key of all tokens. */
enum db_status unsubscribe_key(
    struct db_connection *connection, uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct error *error);

/* found: whether it is a campaign's delivery that is known; if not, origin is empty. */
enum db_status unsubscribe_find(struct db_connection *connection,
    const struct delivery_token *delivery, struct unsubscribe_origin *origin, bool *found,
    struct error *error);

/* Likewise, and its recipient is on the account's unsubscribe list by its campaign; who was there keeps the entry. */
enum db_status unsubscribe_put(struct db_connection *connection,
    const struct delivery_token *delivery, struct unsubscribe_origin *origin, bool *found,
    struct error *error);

void unsubscribe_origin_clear(struct unsubscribe_origin *origin);

#endif
