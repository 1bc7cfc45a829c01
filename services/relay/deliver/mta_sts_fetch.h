/*
 * Fetches the policy of a domain (RFC 8461 3.3): https://mta-sts.DOMAIN/.well-known/mta-sts.txt, at the addresses that the
 * resolver gives, with a certificate that is trusted for the name. Redirects, proxies and answers that are no text/plain or over
 * MTA_STS_POLICY_BYTES, their header counted, are refused.
 */
#ifndef SERVICES_RELAY_DELIVER_MTA_STS_FETCH_H
#define SERVICES_RELAY_DELIVER_MTA_STS_FETCH_H

#include "services/relay/deliver/https_loop.h"
#include "services/relay/deliver/mta_sts_policy.h"
#include "services/relay/deliver/resolver.h"
#include "services/relay/deliver/scheduler.h"

enum { MTA_STS_ADDRESSES_MAX = 4 /* of a policy's server that are tried */ };

struct mta_sts_fetch;

/* policy: the callee's; NULL: reason says why, valid during the call. The fetch is gone. */
typedef void mta_sts_fetch_done(void *arg, struct mta_sts_policy *policy, const char *reason);

/* done is called once, never from within this call, unless the fetch is cancelled; after settings->mta_sts_seconds at the
 * latest. */
struct mta_sts_fetch *mta_sts_fetch_start(struct event_base *base, struct resolver *resolver,
    struct https_loop *loop, const struct deliver_settings *settings, const char *domain,
    mta_sts_fetch_done *done, void *arg);
void mta_sts_fetch_cancel(struct mta_sts_fetch *fetch);

/* Tells the fetches of their ends: for https_loop_create(). */
void mta_sts_fetch_on_https(void *arg, CURLcode result);

#endif
