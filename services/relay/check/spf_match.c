/* Which mechanisms of SPF match, RFC 7208 5. */
#include <string.h>

#include "services/relay/check/spf_query_private.h"
#include "services/relay/deliver/mx.h"

static bool
query_is_ipv6(const struct spf_query *query)
{
	return strchr(query->values.address, ':') != NULL;
}

bool
spf_query_count(struct spf_query *query)
{
	return ++query->lookups <= SPF_QUERY_LOOKUPS_MAX ||
	    error_set(&query->reason, "it takes more than %d lookups, with all that it includes",
		SPF_QUERY_LOOKUPS_MAX);
}

enum spf_match
spf_query_no_answer(struct spf_query *query, const char *name, const struct dns_answer *answer)
{
	if (answer->outcome == RESOLVER_FAILED) {
		error_set(&query->reason, "DNS does not answer for %s: %s", name, answer->reason);
		return MATCH_TEMPERROR;
	}
	if (++query->voids <= SPF_QUERY_VOID_MAX)
		return MATCH_NO;
	error_set(&query->reason, "it asks for more than %d names or records that do not exist",
	    SPF_QUERY_VOID_MAX);
	return MATCH_PERMERROR;
}

char *
spf_query_domain(const struct spf_query *query, const char *domain)
{
	return domain != NULL ? spf_macro_expand(domain, &query->values)
			      : g_strdup(query->values.domain);
}

static struct dns_answer *
query_addresses(const struct spf_query *query, const char *name)
{
	return dns_client_ask(
	    query->client, name, query_is_ipv6(query) ? RESOLVER_AAAA : RESOLVER_A);
}

/* Whether the client is within that many bits of one of the addresses. */
static bool
answer_contains(const struct dns_answer *answer, const struct spf_query *query, unsigned bits)
{
	g_autoptr(GPtrArray) addresses = dns_answer_addresses(answer);

	for (guint i = 0; i < addresses->len; i++) {
		g_autofree char *text =
		    g_strdup_printf("%s/%u", (const char *)addresses->pdata[i], bits);
		struct network network;
		const struct network_list list = {&network, 1};

		if (network_parse(text, &network) &&
		    network_list_contains(&list, query->values.address))
			return true;
	}
	return false;
}

static unsigned
term_bits(const struct spf_term *term, const struct spf_query *query)
{
	return query_is_ipv6(query) ? term->ip6_bits : term->ip4_bits;
}

/* RFC 7208 5.3 */
static enum spf_match
match_a(struct spf_query *query, const struct spf_term *term, const char *domain)
{
	struct dns_answer *answer = query_addresses(query, domain);
	enum spf_match match = answer->outcome != RESOLVER_FOUND
	    ? spf_query_no_answer(query, domain, answer)
	    : answer_contains(answer, query, term_bits(term, query)) ? MATCH_YES
								     : MATCH_NO;

	dns_answer_free(answer);
	return match;
}

static enum spf_match
match_exchangers(struct spf_query *query, const struct spf_term *term, const GPtrArray *hosts)
{
	enum spf_match match = MATCH_NO;

	for (guint i = 0; match == MATCH_NO && i < hosts->len; i++) {
		const char *host = ((const struct mx *)hosts->pdata[i])->name;
		struct dns_answer *answer = query_addresses(query, host);

		if (answer->outcome == RESOLVER_FAILED)
			match = spf_query_no_answer(query, host, answer);
		else if (answer_contains(answer, query, term_bits(term, query)))
			match = MATCH_YES;
		dns_answer_free(answer);
	}
	return match;
}

/* RFC 7208 5.4 */
static enum spf_match
match_mx(struct spf_query *query, const struct spf_term *term, const char *domain)
{
	struct dns_answer *answer = dns_client_ask(query->client, domain, RESOLVER_MX);
	g_autoptr(GPtrArray) hosts = dns_answer_exchangers(answer);
	enum spf_match match = MATCH_PERMERROR;

	if (answer->outcome != RESOLVER_FOUND)
		match = spf_query_no_answer(query, domain, answer);
	else if (answer->records->len <= SPF_QUERY_NAMES_MAX)
		match = match_exchangers(query, term, hosts);
	else
		error_set(
		    &query->reason, "%s has more than %d MX records", domain, SPF_QUERY_NAMES_MAX);
	dns_answer_free(answer);
	return match;
}

static bool
is_within(const char *name, const char *domain)
{
	size_t length = strlen(name), tail = strlen(domain);

	return length >= tail && g_ascii_strcasecmp(name + length - tail, domain) == 0 &&
	    (length == tail || name[length - tail - 1] == '.');
}

/* RFC 7208 5.5: what DNS does not say does not match. */
static enum spf_match
match_ptr(struct spf_query *query, const char *domain)
{
	g_autofree char *reverse = dns_client_reverse_name(query->values.address);
	struct dns_answer *answer = dns_client_ask(query->client, reverse, RESOLVER_PTR), *forward;
	g_autoptr(GPtrArray) names = dns_answer_names(answer);
	enum spf_match match = MATCH_NO;

	if (answer->outcome != RESOLVER_FOUND && answer->outcome != RESOLVER_FAILED)
		match = spf_query_no_answer(query, reverse, answer);
	for (guint i = 0; match == MATCH_NO && i < MIN(names->len, SPF_QUERY_NAMES_MAX); i++) {
		if (!is_within(names->pdata[i], domain))
			continue;
		forward = query_addresses(query, names->pdata[i]);
		if (answer_contains(forward, query, query_is_ipv6(query) ? 128 : 32))
			match = MATCH_YES;
		dns_answer_free(forward);
	}
	dns_answer_free(answer);
	return match;
}

/* RFC 7208 5.7 */
static enum spf_match
match_exists(struct spf_query *query, const char *domain)
{
	struct dns_answer *answer = dns_client_ask(query->client, domain, RESOLVER_A);
	enum spf_match match = answer->outcome == RESOLVER_FOUND
	    ? MATCH_YES
	    : spf_query_no_answer(query, domain, answer);

	dns_answer_free(answer);
	return match;
}

enum spf_match
spf_query_match(struct spf_query *query, const struct spf_term *term)
{
	const struct network_list list = {&term->network, 1};
	g_autofree char *domain = NULL;

	if (term->mechanism == SPF_ALL)
		return MATCH_YES;
	if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
		return query_is_ipv6(query) == (term->mechanism == SPF_IP6) &&
			network_list_contains(&list, query->values.address)
		    ? MATCH_YES
		    : MATCH_NO;
	if (!spf_query_count(query))
		return MATCH_PERMERROR;
	domain = spf_query_domain(query, term->domain);
	if (term->mechanism == SPF_A)
		return match_a(query, term, domain);
	if (term->mechanism == SPF_MX)
		return match_mx(query, term, domain);
	if (term->mechanism == SPF_PTR)
		return match_ptr(query, domain);
	return match_exists(query, domain);
}
