/*
 * Where a destination's mail goes: addresses to try, in order, or the reason why there are none.
 * Shared by reference between the destination and its attempts; one thread.
 */
#ifndef SERVICES_RELAY_DELIVER_ROUTE_H
#define SERVICES_RELAY_DELIVER_ROUTE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <glib.h>

#include "base/error.h"

#include "services/relay/deliver/mta_sts_policy.h"
#include "services/relay/deliver/verdict.h"

enum {
	ROUTE_HOSTS_MAX = 20,    /* addresses; RFC 5321 5.1 asks for two at least */
	ROUTE_HOST_FAILURES = 2, /* in a row, until a host is passed over */
	ROUTE_AVOID_SECONDS = 120
};

struct route_host {
	char *where;               /* "mx1.example.net [192.0.2.1]:25", as transcripts name it */
	char *name;                /* "mx1.example.net"; NULL for an address literal */
	char *ip;                  /* "192.0.2.1" */
	GPtrArray *tlsa;           /* GBytes: RDATA, from secure DNS (RFC 7672 2.2); NULL: none */
	enum mta_sts_mode mta_sts; /* what the domain's policy asks of it */
	/* Its name comes from the configuration, from secure DNS, or is in the domain's MTA-STS policy */
	bool is_vouched;
	struct sockaddr_storage address;
	socklen_t address_length;
	unsigned failures; /* to be reached, in a row */
	int64_t avoid_until;
};

struct route {
	unsigned references;
	int64_t expires_at;     /* microseconds: ask again after that */
	GPtrArray *hosts;       /* struct route_host, owned; best first */
	GPtrArray *notes;       /* char *: what the look-up found, for transcripts */
	struct verdict failure; /* open as long as there are hosts */
	/* The same as it would be without DANE and MTA-STS, for what asks for neither (RFC 8689 5); NULL: there is no difference */
	struct route *unrestricted;
};

/* An empty route with one reference, which expires never. */
struct route *route_create(void);
struct route *route_ref(struct route *route);
void route_unref(struct route *route);

/* Appends a host; ip: textual; name NULL: an address literal. False: ip is none, or the route is
 * full. */
bool route_add(struct route *route, const char *name, const char *ip, unsigned port);

/* From here on the route may get stricter: what it is now is kept as unrestricted, if nothing was before. */
void route_keep_unrestricted(struct route *route);

/* What happened with a host, so that later attempts need not wait for one that is dead. */
void route_host_answered(struct route_host *host);
void route_host_failed(struct route_host *host, int64_t now);

/* Whether a host is to be passed over: it failed lately, and there is another that did not. */
bool route_passes_over(const struct route *route, const struct route_host *host, int64_t now);

/* When nothing is worth remembering of it but what DNS says; 0: at once. */
int64_t route_forgotten_at(const struct route *route);

/* Makes it a route to nowhere. note: for transcripts. */
void route_fail(
    struct route *route, enum verdict_status status, const char *code, const char *note);

/* A host that the configuration names: "relay.example.net:587", "192.0.2.1:25", "[2001:db8::1]:25",
 * "[192.0.2.1]"; no port: default_port. */
struct route_endpoint {
	char *host;      /* a name or an IP, without brackets; g_free */
	bool is_literal; /* an IP */
	unsigned port;
};
bool route_endpoint_parse(
    const char *text, unsigned default_port, struct route_endpoint *endpoint, struct error *error);
void route_endpoint_clear(struct route_endpoint *endpoint);

/* The route of a domain that is an address literal, "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321
 * 4.1.3); NULL for any other domain. One that is malformed is a failed route. */
struct route *route_from_literal(const char *domain, unsigned port);

#endif
