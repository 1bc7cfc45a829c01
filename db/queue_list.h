/* What waits for delivery, as an operator looks at it: of all accounts. Blocking; reads only, in pages. */
#ifndef DB_QUEUE_LIST_H
#define DB_QUEUE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/queue_filter.h"

enum queue_state {
	QUEUE_WAITING, /* for next_attempt_at */
	QUEUE_TRYING,  /* a worker has it */
	QUEUE_HELD     /* until it is released */
};

/* Strings live during the call only. Times: microseconds. */
struct queue_listed {
	int64_t account_id, delivery_id;
	int64_t message_id;  /* 0 for a campaign's */
	const char *account; /* its name */
	const char *sender;  /* "" for the null sender */
	const char *recipient;
	const char *destination; /* the recipient's domain */
	const char *group;       /* a transactional group's name; "" for none */
	int32_t campaign_id;     /* 0: none */
	int attempts;            /* made */
	int64_t queued_at;
	enum queue_state state;
	int64_t next_attempt_at; /* of one that waits */
	/* Of the last attempt: "deferred 4.3.0", and its transcript. Both "" when there was none, or its log is gone. */
	const char *result;
	const char *transcript;
};

/* Calls each(arg, ...) in order of account and delivery. */
enum db_status queue_list(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_listed *listed), void *arg, struct error *error);

struct queue_count {
	int64_t waiting, trying, held;
};

/* Likewise. */
struct queue_destination {
	const char *name;
	struct queue_count count;
	int64_t oldest_at;
	int64_t next_attempt_at;                     /* of those that wait; 0: none does */
	int64_t tried_account_id, tried_delivery_id; /* the newest that was tried; 0: none was */
};

struct queue_total {
	int64_t destinations;
	struct queue_count count;
};

/* Calls each(arg, ...) for those with most deliveries, at most the filter's limit. total: of all that it chooses. The answer is
 * held in memory. */
enum db_status queue_summary(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_destination *destination), void *arg,
    struct queue_total *total, struct error *error);

#endif
