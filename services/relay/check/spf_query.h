/*
 * What a receiver's SPF (RFC 7208) says to mail from an address under a domain, within the limits of section 4.6.4.
 */
#ifndef SERVICES_RELAY_CHECK_SPF_QUERY_H
#define SERVICES_RELAY_CHECK_SPF_QUERY_H

#include <glib.h>

#include "services/relay/check/dns_client.h"

enum {
	SPF_QUERY_LOOKUPS_MAX = 10, /* terms that ask DNS, in all records together */
	SPF_QUERY_VOID_MAX = 2,     /* of those, that there is nothing for */
	SPF_QUERY_NAMES_MAX = 10    /* hosts of one mx; names of one ptr that are looked at */
};

enum spf_outcome {
	SPF_OUTCOME_PASS,
	SPF_OUTCOME_OTHER,    /* none, neutral, softfail, fail */
	SPF_OUTCOME_UNKNOWN,  /* temperror: DNS does not answer just now */
	SPF_OUTCOME_PERMERROR /* the record, or one that it includes, is wrong */
};

struct spf_verdict {
	enum spf_outcome outcome;
	char *
	    text; /* "pass", "softfail", "permerror: example.net: \"ip5:1\" cannot be understood" */
	unsigned lookups;
};

/* address: text. domain: of MAIL FROM. helo: the name in EHLO. For spf_verdict_clear(). */
struct spf_verdict spf_query(
    struct dns_client *client, const char *domain, const char *address, const char *helo);
void spf_verdict_clear(struct spf_verdict *verdict);

#endif
