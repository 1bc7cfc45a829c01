#include <string.h>

#include "services/relay/check/dns_check_private.h"

static void
key_free(void *data)
{
	dkim_key_clear(data);
	g_free(data);
}

struct dns_check_domain *
dns_check_domain_create(char *name)
{
	struct dns_check_domain *domain = g_new0(struct dns_check_domain, 1);

	domain->name = name;
	domain->keys = g_ptr_array_new_with_free_func(key_free);
	return domain;
}

void
dns_check_domain_add_key(struct dns_check_domain *domain, const struct dkim_key *key)
{
	struct dkim_key *copy = g_new0(struct dkim_key, 1);

	copy->domain = g_strdup(key->domain);
	copy->selector = g_strdup(key->selector);
	copy->algorithm = key->algorithm;
	copy->state = key->state;
	copy->private_key = g_strdup(key->private_key);
	g_ptr_array_add(domain->keys, copy);
}

void
dns_check_domain_free(struct dns_check_domain *domain)
{
	g_ptr_array_unref(domain->keys);
	g_free(domain->name);
	g_free(domain);
}

/* Of mail that leaves by others we do not know the addresses. */
static void
check_route(struct dns_check *check)
{
	check->is_direct = check->settings->route != DELIVER_ROUTE_SMARTHOST;
	if (!check->is_direct)
		check_report_add(check->report, CHECK_NOTICE, "SPF", check->bounce_domain, NULL,
		    "not looked at, nor is PTR: mail leaves by %s, from addresses that are not known here",
		    check->settings->smarthost);
}

/* Whether the name can be one that other servers find (RFC 5321 2.3.5, 4.1.4). */
static bool
check_name(struct dns_check *check)
{
	const char *hostname = check->hostname;

	if (strchr(hostname, '.') != NULL)
		return true;
	check_report_add(check->report, CHECK_WRONG, "A", hostname,
	    g_strdup("nothing yet: set hostname to this machine's full name, as relay.example.net"),
	    "the name in EHLO is none that DNS could have");
	return false;
}

static void
check_domain(struct dns_check *check, const struct dns_check_domain *domain)
{
	bool is_bounce = strcmp(domain->name, check->bounce_domain) == 0,
	     is_host = strcmp(domain->name, check->hostname) == 0, is_signed;

	if (check->is_direct && !is_bounce && !is_host)
		(void)dns_check_spf(check, domain->name, CHECK_WRONG);
	is_signed = dns_check_dkim(check, domain);
	dns_check_dmarc(check, domain->name, is_signed);
	if (!is_bounce)
		dns_check_replies(check, domain->name);
}

static void
check_all(struct dns_check *check, const GPtrArray *domains)
{
	const char *hostname = check->hostname, *bounce = check->bounce_domain;

	check_route(check);
	if (!check_name(check) || !dns_check_host(check))
		return;
	if (check->is_direct) {
		check->bounce_passes = dns_check_spf(check, bounce, CHECK_WRONG);
		if (strcmp(hostname, bounce) != 0)
			(void)dns_check_spf(check, hostname, CHECK_NOTICE);
	}
	dns_check_bounces(check);
	for (guint i = 0; i < domains->len; i++) {
		if (dns_client_is_late(check->client)) {
			check_report_add(check->report, CHECK_WRONG, "DNS", hostname, NULL,
			    "%u domains are not looked at, as %d seconds are over",
			    domains->len - i, DNS_CHECK_SECONDS);
			return;
		}
		check_domain(check, domains->pdata[i]);
	}
}

void
dns_check_run(const struct deliver_settings *settings, const GPtrArray *domains, GPtrArray *report)
{
	struct dns_check check = {.settings = settings, .report = report};
	struct error error;

	check.client = dns_client_create(settings, DNS_CHECK_SECONDS, &error);
	if (check.client == NULL) {
		check_report_add(
		    report, CHECK_WRONG, "DNS", settings->hostname, NULL, "%s", error.text);
		return;
	}
	check.hostname = g_ascii_strdown(settings->hostname, -1);
	check.bounce_domain = g_ascii_strdown(settings->bounce_domain, -1);
	check.addresses = g_ptr_array_new_with_free_func(g_free);
	check_all(&check, domains);
	g_ptr_array_unref(check.addresses);
	g_free(check.hostname);
	g_free(check.bounce_domain);
	dns_client_destroy(check.client);
}
