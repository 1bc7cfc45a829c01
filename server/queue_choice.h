/* Which deliveries `bracemail queue` is about, as its options and delivery IDs say. */
#ifndef SERVER_QUEUE_CHOICE_H
#define SERVER_QUEUE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/queue_filter.h"
#include "server/command.h"

enum { QUEUE_OPERANDS_MAX = 10000 /* an action and delivery IDs */ };

struct queue_choice {
	struct queue_filter filter; /* strings are the options' */
	int64_t *delivery_ids;      /* distinct */
};

/* What needs no database. limit: of the filter, where the options have none; limit_max: what they may have. False: what is wrong has
 * been printed. The caller clears it in any case. */
bool queue_choice_read(struct queue_choice *choice, const struct command_options *options,
    int64_t limit, int64_t limit_max);

/* Finds what is named: a name that nothing has is an error. */
bool queue_choice_find(struct queue_choice *choice, const struct command_options *options,
    struct db_connection *connection, struct error *error);

/* Whether it chooses at all. */
bool queue_choice_is_made(const struct command_options *options);

void queue_choice_clear(struct queue_choice *choice);

#endif
