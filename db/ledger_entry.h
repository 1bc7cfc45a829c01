/*
 * Lines of the ledger (base/ledger.h): fields between tabs; a tab, a line feed and a backslash within one are escaped as C does.
 *
 *   A  message  account  time  sender  group  delivery  recipient [delivery  recipient]...   accepted, its deliveries
 *   C  campaign account  time  recipients                                                    a campaign, likewise
 *   E  delivery account  time  result                                                        a delivery's end: "delivered 2.0.0"
 *   R  time                                                                                  compared with a database that was behind
 *   D  campaign account  time                                                                a campaign that was deleted
 *
 * Ids are the database's, times microseconds (base/clock.h), of when the line was written.
 */
#ifndef DB_LEDGER_ENTRY_H
#define DB_LEDGER_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/composition.h"
#include "db/queue.h"

enum ledger_kind {
	LEDGER_ACCEPTED = 'A',
	LEDGER_CAMPAIGN = 'C',
	LEDGER_ENDED = 'E',
	LEDGER_COMPARED = 'R',
	LEDGER_DELETED = 'D'
};

struct ledger_recipient {
	int64_t delivery_id;
	char *address; /* its owner's; g_free */
};

/* A line as it is read; cleared by its owner. What a kind does not have is 0 or NULL. */
struct ledger_entry {
	enum ledger_kind kind;
	int64_t id; /* of the message, the campaign, or the delivery */
	int64_t account_id;
	int64_t at;
	char *sender, *group; /* group: "" for the default one */
	char *result;
	int64_t recipient_count;
	GArray *recipients; /* struct ledger_recipient, of a message */
};

/* Appends a line; at: now. */
void ledger_add_accepted(GString *lines, const struct message *message, int64_t at);
void ledger_add_ended(
    GString *lines, const struct delivery *delivery, const struct attempt *attempt, int64_t at);
void ledger_add_compared(GString *lines, int64_t at);

/* Writes one line at once: of what came over the API. Nothing where no ledger is kept. */
void ledger_write_api_message(const struct composition *composition, const char *recipient,
    const char *group, int64_t message_id, int64_t delivery_id);
void ledger_write_campaign(const struct composition *composition, int64_t recipients);
void ledger_write_campaign_deleted(int64_t account_id, int32_t campaign_id);

/* False: it is no whole line of a known kind, and nothing is to be cleared. */
bool ledger_entry_parse(const char *line, struct ledger_entry *entry);
void ledger_entry_clear(struct ledger_entry *entry);

#endif
