/* Attempts that did not deliver, for an operator's screen. Blocking; reads only. */
#ifndef DB_DELIVERY_TROUBLE_H
#define DB_DELIVERY_TROUBLE_H

#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum { DELIVERY_TROUBLE_LOOKED_AT = 200 /* newest attempts of each account */ };

/* Strings live during the call only. */
struct delivery_trouble {
	int64_t delivery_id;
	int64_t at; /* when the attempt ended, microseconds */
	const char *account;
	const char *recipient;
	const char *result;     /* "deferred 4.3.0" */
	const char *transcript; /* of the attempt */
};

typedef void delivery_trouble_each(void *arg, const struct delivery_trouble *trouble);

/* Calls each(arg, ...) once, with the delivery's last attempt, if its log is kept. */
enum db_status delivery_trouble_last(struct db_connection *connection, int64_t account_id,
    int64_t delivery_id, delivery_trouble_each *each, void *arg, struct error *error);

/* Calls each(arg, ...) for the newest attempts that did not deliver, the newest first, `limit` at most; of each account, of the
 * DELIVERY_TROUBLE_LOOKED_AT mails last taken since then (microseconds). */
enum db_status delivery_trouble_newest(struct db_connection *connection, int64_t since, int limit,
    delivery_trouble_each *each, void *arg, struct error *error);

#endif
