#include <string.h>

#include "base/network.h"

#include "services/relay/check/dns_check_private.h"

enum { PTR_NAMES_MAX = 10 }; /* of one address that are looked up */

/* What other servers cannot reach, and mail from which they do not take. */
static bool
address_is_private(const char *address)
{
	/* RFC 1122, RFC 1918, RFC 3927, RFC 6598, RFC 4291, RFC 4193 */
	static const char *const texts[] = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10",
	    "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::/128", "::1/128",
	    "fc00::/7", "fe80::/10"};
	struct network networks[G_N_ELEMENTS(texts)];
	const struct network_list list = {networks, G_N_ELEMENTS(texts)};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		(void)network_parse(texts[i], &networks[i]);
	return network_list_contains(&list, address);
}

static struct dns_answer *
ask_addresses(struct dns_check *check, const char *name, bool is_ipv6)
{
	return dns_client_ask(check->client, name, is_ipv6 ? RESOLVER_AAAA : RESOLVER_A);
}

static bool
name_leads_to(struct dns_check *check, const char *name, const char *address)
{
	struct dns_answer *answer = ask_addresses(check, name, strchr(address, ':') != NULL);
	GPtrArray *addresses = dns_answer_addresses(answer);
	bool leads =
	    g_ptr_array_find_with_equal_func(addresses, address, g_str_equal, NULL) == TRUE;

	g_ptr_array_unref(addresses);
	dns_answer_free(answer);
	return leads;
}

/* The first of the names that leads back to the address; the relay's own is best. NULL: none does. */
static const char *
find_confirmed(struct dns_check *check, const GPtrArray *names, const char *address)
{
	const char *hostname = check->hostname;

	for (guint i = 0; i < names->len; i++)
		if (strcmp(names->pdata[i], hostname) == 0 &&
		    name_leads_to(check, hostname, address))
			return names->pdata[i];
	for (guint i = 0; i < MIN(names->len, PTR_NAMES_MAX); i++)
		if (strcmp(names->pdata[i], hostname) != 0 &&
		    name_leads_to(check, names->pdata[i], address))
			return names->pdata[i];
	return NULL;
}

static void
check_reverse(struct dns_check *check, const char *address)
{
	const char *hostname = check->hostname, *confirmed;
	g_autofree char *reverse = dns_client_reverse_name(address);
	struct dns_answer *answer = dns_client_ask(check->client, reverse, RESOLVER_PTR);
	GPtrArray *names = dns_answer_names(answer);
	g_autofree char *absence = dns_answer_absence(answer);
	char *publish = g_strdup_printf("%s. IN PTR %s.", reverse, hostname);

	confirmed = find_confirmed(check, names, address);
	if (confirmed == NULL)
		check_report_add(check->report, CHECK_WRONG, "PTR", address, publish,
		    names->len > 0 ? "%s, which does not lead back to it" : "%s",
		    names->len > 0 ? (const char *)names->pdata[0] : absence);
	else if (strcmp(confirmed, hostname) != 0)
		check_report_add(check->report, CHECK_NOTICE, "PTR", address, publish,
		    "%s, which leads back to it, but is not the name in EHLO, %s", confirmed,
		    hostname);
	else
		check_report_add(check->report, CHECK_OK, "PTR", address, NULL, "%s", confirmed);
	if (confirmed != NULL && strcmp(confirmed, hostname) == 0)
		g_free(publish);
	g_ptr_array_unref(names);
	dns_answer_free(answer);
}

/* One kind of address record. Returns how many there are. */
static guint
check_addresses(struct dns_check *check, const char *what, const struct dns_answer *answer)
{
	const char *hostname = check->hostname;
	GPtrArray *addresses = dns_answer_addresses(answer);
	guint count = addresses->len;

	for (guint i = 0; i < count; i++) {
		const char *address = addresses->pdata[i];

		if (address_is_private(address))
			check_report_add(check->report, CHECK_WRONG, what, hostname,
			    g_strdup_printf("%s. IN %s with the address that the Internet sees",
				hostname, what),
			    "%s, which is of this network alone", address);
		else
			check_report_add(
			    check->report, CHECK_OK, what, hostname, NULL, "%s", address);
		g_ptr_array_add(check->addresses, g_strdup(address));
	}
	g_ptr_array_unref(addresses);
	return count;
}

/* False: the resolver does not answer. */
static bool
check_is_answered(struct dns_check *check, const struct dns_answer *answer)
{
	const char *resolver = check->settings->resolver;

	if (answer->outcome != RESOLVER_FAILED || dns_client_is_answered(check->client))
		return true;
	check_report_add(check->report, CHECK_WRONG, "DNS", check->hostname,
	    g_strdup("nothing: make the resolver answer, or name another one as delivery.resolver"),
	    "the resolver %s does not answer: %s",
	    resolver != NULL ? resolver : "of /etc/resolv.conf", answer->reason);
	return false;
}

bool
dns_check_host(struct dns_check *check)
{
	const char *hostname = check->hostname;
	struct dns_answer *ipv4 = ask_addresses(check, hostname, false), *ipv6;
	bool is_answered = check_is_answered(check, ipv4);

	if (is_answered) {
		ipv6 = ask_addresses(check, hostname, true);
		if (check_addresses(check, "A", ipv4) + check_addresses(check, "AAAA", ipv6) == 0) {
			g_autofree char *absence = dns_answer_absence(ipv4);

			check_report_add(check->report, CHECK_WRONG, "A", hostname,
			    g_strdup_printf(
				"%s. IN A with the address that mail leaves from", hostname),
			    "%s", absence);
		}
		dns_answer_free(ipv6);
	}
	dns_answer_free(ipv4);
	for (guint i = 0; check->is_direct && i < check->addresses->len; i++)
		check_reverse(check, check->addresses->pdata[i]);
	return is_answered;
}
