/*
 * What became of deliveries, for the operator: those of any account, of campaigns or not. Blocking; reads only.
 * (What an account is told: db/smtp_log.h.)
 *
 *   delivery_history_find_...() -> for each key: delivery_history_read() -> delivery_history_attempts(), ..._reports(), ..._clear()
 *
 * Indexes find all of it: a day's table is never read as a whole, the queue is.
 */
#ifndef DB_DELIVERY_HISTORY_H
#define DB_DELIVERY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"
#include "db/connection.h"

struct delivery_history_key {
	int64_t account_id;
	int64_t delivery_id;
	int64_t message_id; /* 0: of a campaign */
};

/* Keys, at most `limit`, in order of time. */
struct delivery_history_keys {
	GArray *keys; /* struct delivery_history_key; g_array_unref() */
	bool more;    /* there are others */
};

struct delivery_history_filter {
	int64_t account_id; /* 0: all */
	int64_t begin,
	    end; /* of the time they were taken, microseconds; end: exclusive; 0 and INT64_MAX: no limit */
	int limit;
};

/* Deliveries to that address (any case): the newest. Sets keys also when it fails. */
enum db_status delivery_history_find_address(struct db_connection *connection,
    const struct delivery_history_filter *filter, const char *address,
    struct delivery_history_keys *keys, struct error *error);

/* id: of a message, for all its deliveries, or of a delivery, for all of its message, that one among them; a campaign's delivery is
 * alone. Of filter the account and the limit count. Sets keys also when it fails. */
enum db_status delivery_history_find_id(struct db_connection *connection,
    const struct delivery_history_filter *filter, int64_t id, struct delivery_history_keys *keys,
    struct error *error);

/* Strings live as long as the result. */
struct delivery_history {
	struct delivery_history_key key;
	int32_t campaign_id; /* 0: of a message */
	const char *account;
	const char *group;  /* of transactional messages; NULL: none, or no longer there */
	const char *sender; /* NULL: no longer known */
	const char *recipient;
	const char *subject; /* NULL: no longer known */
	/* "Pending", "Deferred", "Delivered", "Failed", "Rejected", "Discarded"; "Withdrawn": deferred, when its campaign was deleted */
	const char *state;
	const char *note;        /* of the message, NULL for none */
	int attempts;            /* the number of the last one */
	int64_t taken_at;        /* microseconds */
	int64_t next_attempt_at; /* microseconds; 0: there is none */
	/* "waiting" for its next attempt, "trying", "held"; NULL: it has ended */
	const char *queue;
	PGresult *result;
};

/* found: whether there is a trace of it still. When found, to be cleared. */
enum db_status delivery_history_read(struct db_connection *connection,
    const struct delivery_history_key *key, struct delivery_history *history, bool *found,
    struct error *error);
void delivery_history_clear(struct delivery_history *history);

struct delivery_attempt {
	int number;
	const char *status;     /* "delivered", "deferred", "failed", "rejected", "discarded" */
	int64_t finished_at;    /* microseconds */
	const char *transcript; /* as it was recorded */
};

/* Calls each(arg, ...) for the attempts that history counts, in order. Reads in pages. */
typedef void delivery_history_each(void *arg, const struct delivery_attempt *attempt);
enum db_status delivery_history_attempts(struct db_connection *connection,
    const struct delivery_history *history, delivery_history_each *each, void *arg,
    struct error *error);

/* What came back after a server had taken it (db/bounce_record.h). */
struct delivery_report {
	const char *kind;  /* "permanent", "transient", "complaint" */
	const char *reply; /* "550 5.1.1", as far as it says so; NULL: it does not */
	const char *diagnostic;
	const char *client;  /* textual IP of who brought it */
	int64_t received_at; /* microseconds */
};

/* Calls each(arg, ...) for the reports about the delivery, the first DELIVERY_HISTORY_REPORTS_MAX, in order of time. */
enum { DELIVERY_HISTORY_REPORTS_MAX = 100 };
typedef void delivery_history_each_report(void *arg, const struct delivery_report *report);
enum db_status delivery_history_reports(struct db_connection *connection,
    const struct delivery_history_key *key, delivery_history_each_report *each, void *arg,
    struct error *error);

#endif
