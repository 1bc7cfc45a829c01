/*
 * Finds the route of a destination by DNS: MX and address records (RFC 5321 5.1, RFC 7505), or the
 * addresses of a smarthost. Of a host's addresses IPv4 comes first: a relay's IPv6 is more often
 * unreachable or of no repute.
 *
 * Where DNSSEC vouches for MX and addresses, a host's TLSA records are asked for too; a host whose
 * TLSA records cannot be had is left out (RFC 7672 2.1.2, 2.2).
 */
#ifndef SERVICES_RELAY_DELIVER_ROUTE_LOOKUP_H
#define SERVICES_RELAY_DELIVER_ROUTE_LOOKUP_H

#include "services/relay/deliver/resolver.h"
#include "services/relay/deliver/route.h"

enum {
	ROUTE_NAMES_MAX = 10,    /* MX hosts whose addresses are asked for */
	ROUTE_TLSA_MAX = 32,     /* records of a host that are looked at */
	ROUTE_TTL_SECONDS = 300, /* at most, whatever DNS says */
	ROUTE_TTL_LEAST = 5      /* at least, and after a failure */
};

struct route_lookup;

/* Takes over the reference to route. The look-up is freed after the call. */
typedef void route_lookup_done(void *arg, struct route *route);

/* The route of a mail domain. hostname: this relay's own, which is never a next hop. done is called
 * once, never from within this call, unless the look-up is cancelled. */
struct route_lookup *route_lookup_domain(struct resolver *resolver, const char *domain,
    const char *hostname, unsigned port, route_lookup_done *done, void *arg);

/* The route to a host of that name, by its addresses. What fails is a deferral: the operator's mail
 * is not lost for a slip in the configuration. */
struct route_lookup *route_lookup_host(
    struct resolver *resolver, const char *name, unsigned port, route_lookup_done *done, void *arg);

void route_lookup_cancel(struct route_lookup *lookup);

#endif
