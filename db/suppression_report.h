/* What the bounce list, the unsubscribe list and the bounces of a campaign hold, for the API.
 * Blocking; reads in pages. */
#ifndef DB_SUPPRESSION_REPORT_H
#define DB_SUPPRESSION_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

/* Which addresses. since: the time from which the entry, or the bounce, counts. */
enum suppression_selection {
	SUPPRESSION_UNSUBSCRIBED,  /* on the unsubscribe list since */
	SUPPRESSION_BOUNCED,       /* on the bounce list since */
	SUPPRESSION_BOUNCED_AGAIN, /* on the bounce list for however long, with a bounce since */
	SUPPRESSION_BOUNCED_EVER   /* with a bounce since, definitive or not */
};

/* Strings live during the call only. */
struct suppression_row {
	const char *address;
	const char *smtp_code; /* "550"; "" when no reply says one */
	bool is_definitive;
	int64_t when; /* of the bounce, or of the entry; microseconds */
};

/* False: no more. */
typedef bool suppression_each(void *arg, const struct suppression_row *row);

/* Calls each(arg, row) once for each address, in order of addresses. since: microseconds; 0: of all
 * times. */
enum db_status suppression_list(struct db_connection *connection, int64_t account_id,
    enum suppression_selection selection, int64_t since, suppression_each *each, void *arg,
    struct error *error);

/* Calls each(arg, row) for each bounce of the campaign, in order of its recipients; or for each
 * address that is on the unsubscribe list by it. */
enum db_status suppression_list_campaign_bounces(struct db_connection *connection,
    int64_t account_id, int32_t campaign_id, suppression_each *each, void *arg,
    struct error *error);
enum db_status suppression_list_campaign_unsubscribes(struct db_connection *connection,
    int64_t account_id, int32_t campaign_id, suppression_each *each, void *arg,
    struct error *error);

#endif
