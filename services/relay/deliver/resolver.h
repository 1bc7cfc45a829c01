/*
 * DNS questions by libunbound, answered on the event loop. libunbound caches, and reads the local
 * hosts file.
 */
#ifndef SERVICES_RELAY_DELIVER_RESOLVER_H
#define SERVICES_RELAY_DELIVER_RESOLVER_H

#include <unbound.h>

#include "base/error.h"

struct event_base;
struct resolver;
struct resolver_query;

enum { RESOLVER_SECONDS = 30 /* an answer that takes longer has failed */ };

enum resolver_type {
	RESOLVER_A = 1,
	RESOLVER_NS = 2,
	RESOLVER_PTR = 12,
	RESOLVER_MX = 15,
	RESOLVER_TXT = 16,
	RESOLVER_AAAA = 28,
	RESOLVER_TLSA = 52
}; /* RFC 1035 3.2.2, RFC 3596, RFC 6698 */

enum resolver_outcome {
	RESOLVER_FOUND,
	RESOLVER_NO_DATA, /* the name exists, without records of this type */
	RESOLVER_NO_NAME, /* NXDOMAIN */
	RESOLVER_FAILED   /* SERVFAIL, timeout, forged: nothing is known */
};

/* result: NULL if RESOLVER_FAILED; valid during the call; result->secure: DNSSEC vouches for it.
 * reason: of RESOLVER_FAILED; a constant. */
typedef void resolver_done(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason);

/* forward: "127.0.0.1@5353", where to ask; NULL: as /etc/resolv.conf says. trust_anchor: a file of
 * DS or DNSKEY records below which answers must be signed; NULL: nothing is validated. */
struct resolver *resolver_create(
    struct event_base *base, const char *forward, const char *trust_anchor, struct error *error);

/* The same without what this machine alone believes: its hosts file, and what libunbound itself says about private networks. */
struct resolver *resolver_create_public(
    struct event_base *base, const char *forward, const char *trust_anchor, struct error *error);

/* No query may be under way. */
void resolver_destroy(struct resolver *resolver);

/* done is called once, never from within this call, unless the query is cancelled. */
struct resolver_query *resolver_ask(struct resolver *resolver, const char *name,
    enum resolver_type type, resolver_done *done, void *arg);
void resolver_cancel(struct resolver_query *query);

#endif
