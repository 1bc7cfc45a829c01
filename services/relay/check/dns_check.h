/*
 * Whether DNS says what other mail servers want to hear of this relay and of the domains that it sends for: addresses and PTR of the host,
 * SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), and, for the mail that comes back, MX, MTA-STS (RFC 8461) and TLS reporting (RFC 8460).
 *
 * Blocks: it is for the command line.
 */
#ifndef SERVICES_RELAY_CHECK_DNS_CHECK_H
#define SERVICES_RELAY_CHECK_DNS_CHECK_H

#include <glib.h>

#include "db/dkim_key.h"
#include "services/relay/deliver/scheduler.h"

enum {
	DNS_CHECK_SECONDS =
	    300 /* for all of it; what is not looked at by then is said to be wrong */
};

/* A domain that mail is sent for. */
struct dns_check_domain {
	char *name;      /* lower case, A-labels */
	GPtrArray *keys; /* struct dkim_key with private keys, owned */
};

/* name: taken, for g_free(). */
struct dns_check_domain *dns_check_domain_create(char *name);

/* A copy of the key. */
void dns_check_domain_add_key(struct dns_check_domain *domain, const struct dkim_key *key);
void dns_check_domain_free(struct dns_check_domain *domain);

/* Looks at everything. settings: the relay's. domains: of struct dns_check_domain. report: from check_report_create(). */
void dns_check_run(
    const struct deliver_settings *settings, const GPtrArray *domains, GPtrArray *report);

#endif
