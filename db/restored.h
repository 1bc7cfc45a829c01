/*
 * What a database that was restored to an earlier time does not know, by this node's ledger (base/ledger.h). Blocking.
 *
 * The ledger is read line by line. What is to be listed is in memory, nothing else.
 */
#ifndef DB_RESTORED_H
#define DB_RESTORED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/ledger_entry.h"

/* A message that was accepted, and that the database does not have. */
struct restored_message {
	struct ledger_entry entry;
	char *account;  /* its name; NULL: there is no such account either */
	char **results; /* of each recipient: how its delivery ended by the ledger; or NULL */
};

/* A delivery that waits, though it ended by the ledger. */
struct restored_delivery {
	int64_t account_id, delivery_id;
	int64_t ended_at;
	char *account, *recipient, *result;
	bool is_held;
};

struct restored {
	GPtrArray *messages;   /* struct restored_message */
	GPtrArray *campaigns;  /* the same, of campaigns; without results */
	GPtrArray *deliveries; /* struct restored_delivery */
	uint64_t accepted;     /* messages and campaigns compared */
	uint64_t unreadable;   /* lines */
	int64_t highest_id;    /* of messages and deliveries in the ledger; 0: none */
};

/* Where the ledger is, and what of it is compared. */
struct restored_ledger {
	const char *directory; /* NULL: none is kept */
	unsigned
	    retention_days; /* what was accepted before is not asked for, since its days are gone */
	const atomic_bool *stop; /* set: what is under way fails soon; NULL: nobody does */
};

/* On success the caller clears it. */
bool restored_compare(struct db_connection *connection, const struct restored_ledger *ledger,
    struct restored *restored, struct error *error);
void restored_clear(struct restored *restored);

/* Whether the database is behind the ledger: of the last day, it does not know the newest of what was accepted, or would give out its
 * ids again. */
bool restored_is_behind(struct db_connection *connection, const struct restored_ledger *ledger,
    bool *is_behind, struct error *error);

/* Of what is new since the ledger was last compared with a database that was behind. */
struct restored_outcome {
	uint64_t lost_messages, lost_campaigns;
	int64_t held;       /* deliveries */
	int64_t highest_id; /* of messages and deliveries, in the whole ledger */
};

/* Deliveries that would be made twice are held, also those that a worker has claimed: its record of the end, if it is under way, takes
 * them out of the queue all the same. */
bool restored_hold(struct db_connection *connection, const struct restored_ledger *ledger,
    struct restored_outcome *outcome, struct error *error);

/* Or they end as they did, without a conversation: it is lost. changed: how many. */
bool restored_settle(struct db_connection *connection, const struct restored *restored,
    int64_t *changed, struct error *error);

/* No id that was given out is given out again: those of messages and deliveries go on behind highest_id, all others
 * RESTORED_IDS_SKIPPED further. Once for each restore. */
enum { RESTORED_IDS_SKIPPED = 10000 };
bool restored_move_ids(struct db_connection *connection, int64_t highest_id, struct error *error);

#endif
