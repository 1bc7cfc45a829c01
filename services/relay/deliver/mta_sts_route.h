/* What a domain's MTA-STS policy does to the route to it (RFC 8461 4, 5). */
#ifndef SERVICES_RELAY_DELIVER_MTA_STS_ROUTE_H
#define SERVICES_RELAY_DELIVER_MTA_STS_ROUTE_H

#include "services/relay/deliver/mta_sts_policy.h"
#include "services/relay/deliver/route.h"

/*
 * Marks the hosts with what is asked of them; with mode enforce those that the policy does not name are taken out, and without a
 * host the route has failed. policy: testing or enforce. A host with TLSA records that can be used is DANE's alone (RFC 8461 2).
 */
void mta_sts_route_apply(
    const struct mta_sts_policy *policy, const char *domain, struct route *route);

#endif
