/* What DNS answered to one question, and what its records say. */
#ifndef SERVICES_RELAY_CHECK_DNS_ANSWER_H
#define SERVICES_RELAY_CHECK_DNS_ANSWER_H

#include <glib.h>

#include "services/relay/deliver/resolver.h"

enum { DNS_ANSWER_RECORDS_MAX = 100 /* that are looked at */ };

struct dns_answer {
	enum resolver_outcome outcome;
	GPtrArray
	    *records; /* GBytes: RDATA, names in it uncompressed; none unless RESOLVER_FOUND */
	const char *reason; /* of RESOLVER_FAILED; a constant */
};

void dns_answer_free(struct dns_answer *answer);

/* The texts of TXT records, the strings of each put together (RFC 7208 3.3); char *, owned. A record with a NUL in it is cut there. */
GPtrArray *dns_answer_texts(const struct dns_answer *answer);

/* The addresses of A or AAAA records, as text; char *, owned. */
GPtrArray *dns_answer_addresses(const struct dns_answer *answer);

/* The names of PTR records; char *, owned; lower case, no dot at the end. */
GPtrArray *dns_answer_names(const struct dns_answer *answer);

/* MX records: an array of struct mx (deliver/mx.h), owned, best first. */
GPtrArray *dns_answer_exchangers(const struct dns_answer *answer);

/* Why there is no record: "there is none", "the name does not exist", "DNS does not say: SERVFAIL". g_free. */
char *dns_answer_absence(const struct dns_answer *answer);

#endif
