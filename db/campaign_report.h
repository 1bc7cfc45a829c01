/* What was sent, for the API's reports. Blocking; reads only. */
#ifndef DB_CAMPAIGN_REPORT_H
#define DB_CAMPAIGN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum { CAMPAIGN_REPORT_MAX = 100000 };

/* Strings live during the call only. */
struct campaign_information {
	int32_t campaign_id;
	const char *subject;
	const char *from_email;
	const char *from_name;
	const char *options;
	int64_t created_at; /* microseconds */
	int64_t recipients;
	int64_t delivered; /* of those whose log is kept still */
	int64_t bounces;
	int64_t unsubscribes;
};

enum campaign_sort {
	CAMPAIGN_SORT_ID,
	CAMPAIGN_SORT_SUBJECT,
	CAMPAIGN_SORT_FROM_EMAIL,
	CAMPAIGN_SORT_FROM_NAME,
	CAMPAIGN_SORT_CREATED_AT,
	CAMPAIGN_SORT_RECIPIENTS,
	CAMPAIGN_SORT_DELIVERED,
	CAMPAIGN_SORT_BOUNCES,
	CAMPAIGN_SORT_UNSUBSCRIBES
};

/* Times in microseconds, begin inclusive (0: no limit), end exclusive (INT64_MAX: no limit). */
struct campaign_query {
	int32_t campaign_id; /* that one alone; 0: all */
	int64_t begin;
	int64_t end;
	enum campaign_sort sort; /* words regardless of case; what is equal, by id */
	bool descending;
};

/* Calls each(arg, ...) for the first CAMPAIGN_REPORT_MAX campaigns, in order, until it returns false. more: there are others. */
typedef bool campaign_each(void *arg, const struct campaign_information *campaign);
enum db_status campaign_list(struct db_connection *connection, int64_t account_id,
    const struct campaign_query *query, campaign_each *each, void *arg, bool *more,
    struct error *error);

/* What is counted of one campaign. */
struct campaign_counts {
	int64_t recipients;
	int64_t unsubscribes;
	int64_t bounces;
};

/* found: whether the account has that campaign. */
enum db_status campaign_counts_read(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, struct campaign_counts *counts, bool *found, struct error *error);

/* Counts the e-mails, one a recipient, that a server took from begin to end, of campaigns or not; reports of ours to senders do
 * not count. Of those whose log is kept still. */
enum db_status campaign_count_sent(struct db_connection *connection, int64_t account_id,
    int64_t begin, int64_t end, int64_t *count, struct error *error);

#endif
