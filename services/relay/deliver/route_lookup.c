#include "services/relay/deliver/route_lookup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/clock.h"

#include "services/relay/deliver/mx.h"

/* A host whose addresses are asked for; [0] IPv4, [1] IPv6. */
struct route_candidate {
	struct route_lookup *lookup;
	char *name;
	struct resolver_query *queries[2];
	GPtrArray *addresses[2]; /* char *, owned */
	bool is_insecure;        /* an address that DNSSEC does not vouch for */
	struct resolver_query *tlsa_query;
	GPtrArray *tlsa;          /* GBytes, owned; or NULL */
	const char *tlsa_trouble; /* why it is not to be used; or NULL */
};

struct route_lookup {
	struct resolver *resolver;
	route_lookup_done *done;
	void *arg;
	char *domain;
	const char *hostname;
	unsigned port;
	bool is_smarthost;
	bool is_secure;      /* DNSSEC vouches for the names of the hosts */
	struct route *route; /* what is known so far */
	int ttl;             /* seconds */
	struct resolver_query *mx_query;
	GPtrArray *candidates; /* struct route_candidate, owned */
	unsigned waiting;      /* queries for the candidates */
	const char *trouble;   /* why one for an address failed; or NULL */
	const char *tlsa_trouble;
};

static void
route_candidate_free(void *data)
{
	struct route_candidate *candidate = data;

	for (unsigned i = 0; i < G_N_ELEMENTS(candidate->queries); i++) {
		if (candidate->queries[i] != NULL)
			resolver_cancel(candidate->queries[i]);
		g_ptr_array_unref(candidate->addresses[i]);
	}
	if (candidate->tlsa_query != NULL)
		resolver_cancel(candidate->tlsa_query);
	if (candidate->tlsa != NULL)
		g_ptr_array_unref(candidate->tlsa);
	g_free(candidate->name);
	g_free(candidate);
}

static struct route_lookup *
route_lookup_create(struct resolver *resolver, const char *domain, unsigned port,
    route_lookup_done *done, void *arg)
{
	struct route_lookup *lookup = g_new0(struct route_lookup, 1);

	lookup->resolver = resolver;
	lookup->done = done;
	lookup->arg = arg;
	lookup->domain = g_strdup(domain);
	lookup->port = port;
	lookup->route = route_create();
	lookup->ttl = ROUTE_TTL_SECONDS;
	lookup->candidates = g_ptr_array_new_with_free_func(route_candidate_free);
	return lookup;
}

void
route_lookup_cancel(struct route_lookup *lookup)
{
	if (lookup->mx_query != NULL)
		resolver_cancel(lookup->mx_query);
	g_ptr_array_unref(lookup->candidates);
	route_unref(lookup->route);
	g_free(lookup->domain);
	g_free(lookup);
}

static void
route_lookup_finish(struct route_lookup *lookup)
{
	struct route *route = route_ref(lookup->route);
	int ttl = route->failure.status == VERDICT_OPEN ? lookup->ttl : ROUTE_TTL_LEAST;

	route->expires_at = clock_now() + MAX(ttl, ROUTE_TTL_LEAST) * CLOCK_SECOND;
	lookup->done(lookup->arg, route);
	route_lookup_cancel(lookup);
}

static void
route_lookup_fail(struct route_lookup *lookup, enum verdict_status status, const char *code,
    const char *what, const char *detail)
{
	char *note = g_strconcat(what, detail, NULL);

	route_fail(lookup->route, lookup->is_smarthost ? VERDICT_DEFERRED : status, code, note);
	g_free(note);
	if (lookup->is_smarthost)
		lookup->route->failure.code[0] = '4';
	route_lookup_finish(lookup);
}

static void
route_lookup_add_host(
    struct route_lookup *lookup, const struct route_candidate *candidate, const char *ip)
{
	struct route *route = lookup->route;
	struct route_host *host;

	if (!route_add(route, candidate->name, ip, lookup->port))
		return;
	host = g_ptr_array_index(route->hosts, route->hosts->len - 1);
	host->is_vouched = lookup->is_secure;
	if (candidate->tlsa != NULL)
		host->tlsa = g_ptr_array_ref(candidate->tlsa);
}

static void
route_lookup_add_hosts(struct route_lookup *lookup, const struct route_candidate *candidate)
{
	struct route *route = lookup->route;

	if (candidate->tlsa_trouble != NULL) {
		lookup->tlsa_trouble = candidate->tlsa_trouble;
		g_ptr_array_add(route->notes,
		    g_strdup_printf("%s left out: TLSA look-up failed: %s", candidate->name,
			candidate->tlsa_trouble));
		return;
	}
	for (unsigned family = 0; family < G_N_ELEMENTS(candidate->addresses); family++)
		for (guint i = 0; i < candidate->addresses[family]->len; i++)
			route_lookup_add_host(
			    lookup, candidate, g_ptr_array_index(candidate->addresses[family], i));
}

/* Whether DANE has a say in which hosts may be used, or how. */
static bool
route_lookup_is_restricted(const struct route_lookup *lookup)
{
	for (guint i = 0; i < lookup->candidates->len; i++) {
		const struct route_candidate *candidate = g_ptr_array_index(lookup->candidates, i);

		if (candidate->tlsa_trouble != NULL ||
		    (candidate->tlsa != NULL && candidate->tlsa->len > 0))
			return true;
	}
	return false;
}

/* What the route is to mail that DANE does not matter to: all hosts, without TLSA records. */
static void
route_lookup_add_unrestricted(struct route_lookup *lookup)
{
	struct route *strict = lookup->route;

	lookup->route = strict->unrestricted = route_create();
	for (guint i = 0; i < lookup->candidates->len; i++) {
		struct route_candidate open =
		    *(const struct route_candidate *)g_ptr_array_index(lookup->candidates, i);

		open.tlsa_trouble = NULL;
		open.tlsa = NULL;
		route_lookup_add_hosts(lookup, &open);
	}
	lookup->route = strict;
}

/* All is known: best host first, of each IPv4 first. */
static void
route_lookup_on_hosts(struct route_lookup *lookup)
{
	if (route_lookup_is_restricted(lookup))
		route_lookup_add_unrestricted(lookup);
	for (guint i = 0; i < lookup->candidates->len; i++)
		route_lookup_add_hosts(lookup, g_ptr_array_index(lookup->candidates, i));
	if (lookup->route->hosts->len > 0)
		route_lookup_finish(lookup);
	else if (lookup->tlsa_trouble != NULL)
		route_lookup_fail(lookup, VERDICT_DEFERRED, "4.7.5",
		    "no host may be used without its TLSA records", "");
	else if (lookup->trouble != NULL)
		route_lookup_fail(
		    lookup, VERDICT_DEFERRED, "4.4.3", "address look-up failed: ", lookup->trouble);
	else
		route_lookup_fail(lookup, VERDICT_FAILED, "5.4.4", "no host has an address", "");
}

static void
route_candidate_on_tlsa(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	struct route_candidate *candidate = arg;
	struct route_lookup *lookup = candidate->lookup;

	candidate->tlsa_query = NULL;
	if (outcome == RESOLVER_FAILED)
		candidate->tlsa_trouble = reason;
	if (outcome == RESOLVER_FOUND && result->secure) {
		lookup->ttl = MIN(lookup->ttl, result->ttl);
		candidate->tlsa = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
		for (int i = 0; result->data[i] != NULL && i < ROUTE_TLSA_MAX; i++)
			g_ptr_array_add(
			    candidate->tlsa, g_bytes_new(result->data[i], (gsize)result->len[i]));
	}
	if (--lookup->waiting == 0)
		route_lookup_on_hosts(lookup);
}

/* RFC 7672 2.2.2: TLSA records count where DNSSEC vouches for all that led to the host. */
static void
route_candidate_ask_tlsa(struct route_candidate *candidate)
{
	struct route_lookup *lookup = candidate->lookup;
	char *name;

	if (!lookup->is_secure || candidate->is_insecure ||
	    candidate->addresses[0]->len + candidate->addresses[1]->len == 0)
		return;
	name = g_strdup_printf("_%u._tcp.%s", lookup->port, candidate->name);
	lookup->waiting++;
	candidate->tlsa_query =
	    resolver_ask(lookup->resolver, name, RESOLVER_TLSA, route_candidate_on_tlsa, candidate);
	g_free(name);
}

static void
route_candidate_on_answer(struct route_candidate *candidate, unsigned family,
    enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	static const struct {
		int family;
		int length;
	} formats[] = {{AF_INET, sizeof(struct in_addr)}, {AF_INET6, sizeof(struct in6_addr)}};
	struct route_lookup *lookup = candidate->lookup;
	char ip[INET6_ADDRSTRLEN];

	candidate->queries[family] = NULL;
	if (outcome == RESOLVER_FAILED)
		lookup->trouble = reason;
	if (outcome == RESOLVER_FOUND) {
		lookup->ttl = MIN(lookup->ttl, result->ttl);
		candidate->is_insecure |= !result->secure;
	}
	for (int i = 0; outcome == RESOLVER_FOUND && result->data[i] != NULL; i++)
		if (result->len[i] == formats[family].length &&
		    inet_ntop(formats[family].family, result->data[i], ip, sizeof(ip)) != NULL)
			g_ptr_array_add(candidate->addresses[family], g_strdup(ip));
	if (candidate->queries[0] == NULL && candidate->queries[1] == NULL)
		route_candidate_ask_tlsa(candidate);
	if (--lookup->waiting == 0)
		route_lookup_on_hosts(lookup);
}

static void
route_candidate_on_ipv4(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	route_candidate_on_answer(arg, 0, outcome, result, reason);
}

static void
route_candidate_on_ipv6(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	route_candidate_on_answer(arg, 1, outcome, result, reason);
}

static void
route_lookup_ask_addresses(struct route_lookup *lookup, const char *name)
{
	struct route_candidate *candidate;

	if (lookup->candidates->len >= ROUTE_NAMES_MAX)
		return;
	candidate = g_new0(struct route_candidate, 1);
	candidate->lookup = lookup;
	candidate->name = g_strdup(name);
	candidate->addresses[0] = g_ptr_array_new_with_free_func(g_free);
	candidate->addresses[1] = g_ptr_array_new_with_free_func(g_free);
	candidate->queries[0] =
	    resolver_ask(lookup->resolver, name, RESOLVER_A, route_candidate_on_ipv4, candidate);
	candidate->queries[1] =
	    resolver_ask(lookup->resolver, name, RESOLVER_AAAA, route_candidate_on_ipv6, candidate);
	lookup->waiting += 2;
	g_ptr_array_add(lookup->candidates, candidate);
}

static void
route_lookup_on_mx_records(struct route_lookup *lookup, const struct ub_result *result)
{
	GPtrArray *list = mx_list_create();
	bool is_null, is_ours;

	lookup->ttl = MIN(lookup->ttl, result->ttl);
	for (int i = 0; result->data[i] != NULL; i++)
		(void)mx_list_add(list, result->data[i], (size_t)result->len[i]);
	mx_list_sort(list);
	is_null = mx_list_is_null(list);
	is_ours = mx_list_cut_own(list, lookup->hostname);
	for (guint i = 0; i < list->len; i++)
		route_lookup_ask_addresses(lookup, ((struct mx *)g_ptr_array_index(list, i))->name);
	g_ptr_array_unref(list);
	if (is_null)
		route_lookup_fail(lookup, VERDICT_FAILED, "5.1.10", "null MX", "");
	else if (lookup->candidates->len > 0)
		return;
	else if (is_ours)
		route_lookup_fail(lookup, VERDICT_FAILED, "5.4.6", "the best MX is this relay", "");
	else
		route_lookup_fail(lookup, VERDICT_FAILED, "5.4.4", "no MX is a host name", "");
}

static void
route_lookup_on_mx(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	struct route_lookup *lookup = arg;

	lookup->mx_query = NULL;
	lookup->is_secure = outcome != RESOLVER_FAILED && result->secure;
	switch (outcome) {
	case RESOLVER_FOUND:
		route_lookup_on_mx_records(lookup, result);
		break;
	case RESOLVER_NO_DATA: /* RFC 5321 5.1: the domain itself is the host */
		g_ptr_array_add(lookup->route->notes, g_strdup("no MX"));
		route_lookup_ask_addresses(lookup, lookup->domain);
		break;
	case RESOLVER_NO_NAME:
		route_lookup_fail(lookup, VERDICT_FAILED, "5.1.2", "no such domain", "");
		break;
	case RESOLVER_FAILED:
		route_lookup_fail(lookup, VERDICT_DEFERRED, "4.4.3", "MX look-up failed: ", reason);
		break;
	}
}

struct route_lookup *
route_lookup_domain(struct resolver *resolver, const char *domain, const char *hostname,
    unsigned port, route_lookup_done *done, void *arg)
{
	struct route_lookup *lookup = route_lookup_create(resolver, domain, port, done, arg);

	lookup->hostname = hostname;
	lookup->mx_query = resolver_ask(resolver, domain, RESOLVER_MX, route_lookup_on_mx, lookup);
	return lookup;
}

struct route_lookup *
route_lookup_host(
    struct resolver *resolver, const char *name, unsigned port, route_lookup_done *done, void *arg)
{
	struct route_lookup *lookup = route_lookup_create(resolver, name, port, done, arg);

	lookup->is_smarthost = true;
	lookup->is_secure = true; /* the configuration names it */
	route_lookup_ask_addresses(lookup, name);
	return lookup;
}
