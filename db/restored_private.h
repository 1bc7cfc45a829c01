/* Inside of db/restored.h: one line of the ledger after the other, and what is asked of the database about them. */
#ifndef DB_RESTORED_PRIVATE_H
#define DB_RESTORED_PRIVATE_H

#include "db/restored.h"

struct comparing;

/* What becomes of what is found. */
struct comparing_calls {
	/* The database does not have it. Takes the entry (which is empty then) or leaves it. account: its name, the call's to g_free(); NULL:
	 * there is no such account. */
	void (*lost)(struct comparing *comparing, struct ledger_entry *entry, char *account);
	void (*campaign_deleted)(struct comparing *comparing, const struct ledger_entry *entry);
	/* `asked` is of deliveries that ended. */
	void (*ended)(struct comparing *comparing);
	/* Whether the database need not be asked about a delivery that ended; may take its result. */
	bool (*ended_elsewhere)(struct comparing *comparing, struct ledger_entry *entry);
};

struct comparing {
	struct db_connection *connection;
	const struct restored_ledger *ledger;
	const struct comparing_calls *calls;
	void *arg; /* of calls */
	struct error *error;
	bool is_prepared, is_failed;
	int64_t since, compared_at; /* entries of before are not meant */
	GPtrArray *asked; /* struct ledger_entry, until the database has said which it has */
	uint64_t accepted, unreadable;
	int64_t highest_id;
};

/* calls and arg are the caller's to set. error outlives it. */
void comparing_init(struct comparing *comparing, struct db_connection *connection,
    const struct restored_ledger *ledger, struct error *error);
void comparing_clear(struct comparing *comparing);

/* For ledger_read(): what was accepted; deliveries that ended; when it was compared. comparing_ask() follows the last line. */
void comparing_on_accepted(void *comparing, char *line);
void comparing_on_ended(void *comparing, char *line);
void comparing_on_compared(void *comparing, char *line);
void comparing_ask(struct comparing *comparing);

/* First what was accepted, then how it ended. */
bool comparing_read(struct comparing *comparing);

/* sql has two parameters, account_id and the ids of what is asked, and a third where there is one (NULL: none). False: it failed, and
 * comparing has. */
bool comparing_query(
    struct comparing *comparing, const char *sql, const char *third, PGresult **result);

/* Number of what a row is about (from 1 on) in its first column. */
struct ledger_entry *comparing_asked_at(
    const struct comparing *comparing, const PGresult *result, int row);

#endif
