/*
 * MTA-STS policies in the database (RFC 8461 3.3: a policy that was fetched holds until its max_age is over, whatever happens to
 * its server), for all nodes. For the relay: asynchronous.
 *
 * They belong to no account: what a domain publishes is the same for all, and mail of one is protected by what another's
 * mail made known.
 */
#ifndef DB_MTA_STS_STORE_H
#define DB_MTA_STS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/worker.h"

enum {
	MTA_STS_REFRESH_SECONDS = 86400, /* after the fetch, or half of max_age if that is less */
	MTA_STS_REFRESH_AGAIN_SECONDS = 3600, /* after a fetch that failed */
	MTA_STS_REFRESH_ROWS = 20,            /* at a time */
	MTA_STS_USED_DAYS = 30 /* a policy that served no mail for that long is not refreshed */
};

struct mta_sts_row {
	const char *domain;  /* lower case, A-labels */
	const char *id;      /* of the TXT record */
	const char *mode;    /* "none", "testing", "enforce" */
	unsigned max_age;    /* seconds */
	GPtrArray *patterns; /* char * */
	int64_t expires_at;  /* microseconds: base/clock.h; set by mta_sts_store_read() alone */
};

/* row: valid during the call; NULL: there is none that has not expired, or outcome is not DB_OK. */
typedef void mta_sts_read_done(void *arg, enum db_outcome outcome, const struct mta_sts_row *row);

/* domain: for mail, which keeps its policy in use. False: not just now, and done is not called. */
bool mta_sts_store_read(
    struct db_worker *worker, const char *domain, mta_sts_read_done *done, void *arg);

/* Keeps a policy that was fetched now, instead of any before. What cannot be kept is logged. */
void mta_sts_store_write(struct db_worker *worker, const struct mta_sts_row *row);

/* domains: char *, valid during the call; those whose policies this worker is to fetch anew: nobody else is told of them within
 * MTA_STS_REFRESH_AGAIN_SECONDS; NULL: they cannot be had. Policies that have expired are removed. */
typedef void mta_sts_due_done(void *arg, const GPtrArray *domains);

/* False: not just now, and done is not called. */
bool mta_sts_store_take_due(struct db_worker *worker, mta_sts_due_done *done, void *arg);

#endif
