/*
 * Which MTA-STS policy (RFC 8461) holds for a mail domain? Its TXT record, the database's policies and, when the record's id is
 * new, the domain's HTTPS server say so. What was found holds in memory for as long as the TXT record does.
 *
 * A policy that cannot be fetched leaves the one before in force until its max_age is over (RFC 8461 3.3, 5.1); without one,
 * mail goes as if there were none. Policies in use are fetched anew ahead of their end, by one worker of all.
 */
#ifndef SERVICES_RELAY_DELIVER_MTA_STS_H
#define SERVICES_RELAY_DELIVER_MTA_STS_H

#include "services/relay/deliver/mta_sts_policy.h"
#include "services/relay/deliver/resolver.h"
#include "services/relay/deliver/scheduler.h"

enum {
	MTA_STS_DOMAINS_MAX = 20000, /* remembered */
	MTA_STS_TTL_SECONDS = 300,   /* at most, whatever DNS says; and after a failure */
	MTA_STS_POLL_SECONDS = 10    /* for policies to be fetched anew */
};

struct mta_sts;
struct mta_sts_wait;

enum mta_sts_outcome {
	MTA_STS_FOUND,      /* policy is not of mode none */
	MTA_STS_ABSENT,     /* the domain has none */
	MTA_STS_UNAVAILABLE /* the database cannot be asked just now */
};

/* policy: valid during the call, or longer with a reference; NULL unless MTA_STS_FOUND. */
typedef void mta_sts_done(void *arg, enum mta_sts_outcome outcome, struct mta_sts_policy *policy);

/* All arguments must outlive it, but the worker may answer later. */
struct mta_sts *mta_sts_create(struct event_base *base, struct db_worker *worker,
    struct resolver *resolver, const struct deliver_settings *settings, struct error *error);

/* Nobody may wait. */
void mta_sts_destroy(struct mta_sts *sts);

/* domain: lower case, A-labels. NULL: done was called already; else it is called once, unless cancelled. */
struct mta_sts_wait *mta_sts_find(
    struct mta_sts *sts, const char *domain, mta_sts_done *done, void *arg);
void mta_sts_cancel(struct mta_sts_wait *wait);

#endif
