/*
 * The SMTP log and what it says of deliveries, for the API's reports. Blocking; reads only.
 * (Attempts are recorded by db/queue.h.)
 */
#ifndef DB_SMTP_LOG_H
#define DB_SMTP_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"
#include "db/read_all.h"

/*
 * Appends the transcripts of all attempts, in order, to log. found: whether there is such a delivery; one that waits for
 * its first attempt is found with an empty log. address: any case. recipient (to g_free() when found): as stored.
 */
enum db_status smtp_log_read_campaign(struct db_connection *connection, int64_t account_id,
    int32_t campaign_id, const char *address, GString *log, bool *found, struct error *error);
enum db_status smtp_log_read_transactional(struct db_connection *connection, int64_t account_id,
    int64_t delivery_id, GString *log, char **recipient, bool *found, struct error *error);

/*
 * The same of a campaign's recipient as one of db_read_all(), from the table of the day (days since 1970-01-01 UTC) that the campaign
 * was made on: half the work, as PostgreSQL need not look which table it is. address lives until the read is done.
 * smtp_log_take_campaign() appends the transcripts and clears the result; false: smtp_log_read_campaign() must say what there is.
 */
struct smtp_log_read {
	struct db_read read;
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
};
/* One text for each day, which is kept as long as the process runs. */
const char *smtp_log_campaign_statement(int64_t day);
void smtp_log_ask_campaign(struct smtp_log_read *read, int64_t account_id, int32_t campaign_id,
    const char *statement, const char *address);
bool smtp_log_take_campaign(
    struct db_connection *connection, struct smtp_log_read *read, GString *log);

/* A transactional e-mail as the report shows it. Strings live during the call only. */
struct smtp_log_delivery {
	int64_t delivery_id;
	const char *recipient;
	const char *subject;
	const char *group_name;
	int64_t sent_at; /* when it was taken, microseconds */
	/* "Pending", "Deferred", "Delivered", "Failed", "Rejected", "Discarded" */
	const char *status;
	const char *note; /* "" for none */
};

struct smtp_log_filter {
	int32_t group_id; /* 0: all */
	int64_t begin;    /* microseconds, inclusive; 0: no limit */
	int64_t end;      /* microseconds, exclusive; INT64_MAX: no limit */
};

/* Calls each(arg, ...) in order of delivery id until it returns false. Reads in pages. */
typedef bool smtp_log_each_delivery(void *arg, const struct smtp_log_delivery *delivery);
enum db_status smtp_log_list_transactional(struct db_connection *connection, int64_t account_id,
    const struct smtp_log_filter *filter, smtp_log_each_delivery *each, void *arg,
    struct error *error);

/* Calls each(arg, ...) for each transactional e-mail to that address (any case), with the transcripts of its attempts, in order of
 * delivery id, until it returns false; one that waits for its first attempt has "". Reads in pages. */
typedef bool smtp_log_each_log(
    void *arg, int64_t delivery_id, const char *recipient, const char *log);
enum db_status smtp_log_list_address(struct db_connection *connection, int64_t account_id,
    const struct smtp_log_filter *filter, const char *address, smtp_log_each_log *each, void *arg,
    struct error *error);

#endif
