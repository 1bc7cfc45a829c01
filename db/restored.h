/*
 * What a database that was restored to an earlier time does not know, by this node's ledger (base/ledger.h). Blocking.
 *
 * The ledger is read line by line; in memory is what is lost, or would be made twice, alone.
 */
#ifndef DB_RESTORED_H
#define DB_RESTORED_H

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

enum restored_range {
	RESTORED_ALL,
	RESTORED_NEW /* since the ledger was last compared with a database that was behind */
};

/* since: messages accepted before are not asked for, since their days are gone; microseconds. On success the caller clears it. */
bool restored_compare(struct db_connection *connection, const char *directory,
    enum restored_range range, int64_t since, struct restored *restored, struct error *error);
void restored_clear(struct restored *restored);

/* Whether the database is behind the ledger: it does not know the newest of what was accepted, or would give out its ids again. */
bool restored_is_behind(struct db_connection *connection, const char *directory, int64_t since,
    bool *is_behind, struct error *error);

/* Deliveries that would be made twice are held; changed: how many. */
bool restored_hold(struct db_connection *connection, const struct restored *restored,
    int64_t *changed, struct error *error);

/* Or they end as they did, without a conversation: it is lost. */
bool restored_settle(struct db_connection *connection, const struct restored *restored,
    int64_t *changed, struct error *error);

/* No id that was given out is given out again: those of messages and deliveries go on behind the ledger's highest, all others
 * RESTORED_IDS_SKIPPED further. Once for each restore. */
enum { RESTORED_IDS_SKIPPED = 10000 };
bool restored_move_ids(
    struct db_connection *connection, const struct restored *restored, struct error *error);

#endif
