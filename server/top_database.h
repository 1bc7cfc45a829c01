/* What the database says for `bracemail top`: the queue, its destinations with their last trouble, recent errors, connections. */
#ifndef SERVER_TOP_DATABASE_H
#define SERVER_TOP_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/queue_list.h"
#include "db/server_activity.h"

enum {
	TOP_DESTINATIONS = 10,
	TOP_ERRORS = 10,
	TOP_AGES = 6,
	TOP_DATABASE_REST = 10 /* times what a reading takes: so long the next one waits */
};
#define TOP_DATABASE_MICROSECONDS INT64_C(2000000) /* but so long at least */

struct top_destination {
	char *name;
	struct queue_count count;
	int64_t oldest_at;
	int64_t next_attempt_at; /* 0: none waits */
	int64_t tried_account_id, tried_delivery_id;
	char *trouble; /* NULL: nothing was tried, or its log is gone */
};

struct top_error {
	int64_t at;
	char *account, *recipient, *result, *reason;
};

struct top_database {
	bool known;           /* there was a reading that ended well */
	struct error problem; /* of the last reading; "": none */
	struct queue_total total;
	int64_t ages[TOP_AGES]; /* deliveries by age, see top_age_name() */
	GPtrArray *destinations, *errors;
	struct server_activity activity;
	int64_t due_at; /* monotonic: when it is to be read again */
};

/* "1m", ..., "more": younger than that. */
const char *top_age_name(int age);

void top_database_init(struct top_database *database);
void top_database_clear(struct top_database *database);

/* Reads it anew, if it is time. What could not be read is as it was. */
void top_database_refresh(struct top_database *database, struct db_connection *connection);

#endif
