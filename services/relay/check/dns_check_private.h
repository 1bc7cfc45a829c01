/* The parts of a check of DNS (dns_check.h), one file each. */
#ifndef SERVICES_RELAY_CHECK_DNS_CHECK_PRIVATE_H
#define SERVICES_RELAY_CHECK_DNS_CHECK_PRIVATE_H

#include <stdbool.h>

#include "services/relay/check/dns_check.h"
#include "services/relay/check/dns_client.h"
#include "services/relay/check/report.h"

struct dns_check {
	const struct deliver_settings *settings;
	char *hostname, *bounce_domain; /* in lower case */
	struct dns_client *client;
	GPtrArray *report;
	bool is_direct;       /* mail leaves from addresses, not by a smarthost */
	GPtrArray *addresses; /* char *: of the host */
	bool bounce_passes;   /* SPF passes for the domain that mail leaves under */
};

/* The host's addresses, which it remembers, and, where mail leaves from them, their PTR. False: DNS does not answer, and there is no use in asking on. */
bool dns_check_host(struct dns_check *check);

/* Whether SPF passes from all addresses. missing: what it is that there is no record. */
bool dns_check_spf(struct dns_check *check, const char *domain, enum check_status missing);

/* The published keys. Whether one that signs is right. */
bool dns_check_dkim(struct dns_check *check, const struct dns_check_domain *domain);

/* The policy, and whether mail passes it. is_signed: DKIM passes for the domain. */
void dns_check_dmarc(struct dns_check *check, const char *domain, bool is_signed);

/* Where mail to our return paths goes: MX, MTA-STS, TLS reporting. */
void dns_check_bounces(struct dns_check *check);

/* Whether a domain that mail is sent for takes replies; and the MTA-STS policy and TLS reporting of its hosts, where it says so. */
void dns_check_replies(struct dns_check *check, const char *domain);

/* Whether something that is not there is worth a finding. */
enum dns_check_absence { DNS_CHECK_ABSENCE_COUNTS, DNS_CHECK_ABSENCE_IS_FINE };

/* MTA-STS and TLS reporting of a domain. hosts: of struct mx, those of its MX records. */
void dns_check_mta_sts(struct dns_check *check, const char *domain, const GPtrArray *hosts,
    enum dns_check_absence absence);
void dns_check_tls_reporting(
    struct dns_check *check, const char *domain, enum dns_check_absence absence);

/* What a name says that may say it once. */
enum dns_check_single {
	DNS_CHECK_ONE,
	DNS_CHECK_NONE,
	DNS_CHECK_SEVERAL,
	DNS_CHECK_UNKNOWN /* DNS does not answer */
};

/* The name's TXT record that begins with the version ("v=spf1", in any case, as a whole word; NULL: any). text: the record, or why there is not
 * one; g_free. */
enum dns_check_single dns_check_find_text(
    struct dns_check *check, const char *name, const char *version, char **text);

/* A TXT record as a line of a zone file; g_free. */
char *dns_check_text_line(const char *name, const char *text);

#endif
