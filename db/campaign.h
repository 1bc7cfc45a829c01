/*
 * Campaigns (broadcasts) of an account, for the API. Blocking. A campaign's id is the API's JobID.
 * Its content is stored once; each recipient is a row of the queue, later of the log (db/smtp_log.h).
 */
#ifndef DB_CAMPAIGN_H
#define DB_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/composition.h"
#include "db/connection.h"
#include "db/read_all.h"

/* Who gets a campaign: each distinct address, regardless of case, once. */
struct campaign_recipients {
	/* E-mail groups; where an address is in several, the first counts */
	const int32_t *group_ids;
	size_t group_count;
	/* jsonpath: which members of the groups; of their fields by key, and their address under CAMPAIGN_FILTER_ADDRESS. NULL: all */
	const char *filter;
	const char *
	    addresses; /* more, a line each; an address that a group has too keeps the group's fields */
};

/* No field is called so. */
#define CAMPAIGN_FILTER_ADDRESS "emailaddress"

/* The key of a field of one of the groups (g_free); NULL: none of them has it. field_name: any case. */
enum db_status campaign_filter_key(struct db_connection *connection, int64_t account_id,
    const struct campaign_recipients *to, const char *field_name, char **key, struct error *error);

/*
 * Stores the campaign and its queue rows and wakes the relay, in one transaction. The composition's account_id and
 * strings are set; its campaign_id is given. recipients: how many there are; when there are none, nothing is stored.
 * DB_STATUS_LIMITED: they are more than the account's limits leave; nothing is stored.
 */
enum db_status campaign_create(struct db_connection *connection, struct composition *composition,
    const struct campaign_recipients *to, int64_t *recipients, struct error *error);

/* The content of a campaign, as one that is to be sent anew: campaign_id is 0. The caller's reference; NULL: the account has
 * no such campaign. */
enum db_status campaign_content(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, struct composition **content, struct error *error);

/* found: whether the account has that campaign. day: then, when it was made, in days since 1970-01-01 UTC: its deliveries have ids of
 * that day. */
enum db_status campaign_find(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, int64_t *day, bool *found, struct error *error);

/*
 * Whether an account that is remembered is still so, and which of those campaigns it has still, as one of db_read_all(): its rows
 * are their ids. password_hash lives until the read is done.
 */
struct campaign_read {
	struct db_read read;
	char account[DB_NUMBER_SIZE];
	char *campaigns; /* an array's text */
};
void campaign_ask(struct campaign_read *read, int64_t account_id, const char *password_hash,
    const int32_t *campaign_ids, size_t count);
bool campaign_is_told(const struct campaign_read *read, int32_t campaign_id);
void campaign_read_clear(struct campaign_read *read);

/* Takes the campaign and all that waits for it away, and tells the workers that hold some of it. What was sent stays in the log, until
 * its day is dropped. found: whether the account had it. */
enum db_status campaign_delete(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, bool *found, struct error *error);

/* Calls each(arg, address) for every recipient in order of delivery id, whatever has become of it, until it returns false. Reads
 * in pages. */
typedef bool campaign_each_recipient(void *arg, const char *address);
enum db_status campaign_list_recipients(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, campaign_each_recipient *each, void *arg, struct error *error);

#endif
