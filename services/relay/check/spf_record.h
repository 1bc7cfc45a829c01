/*
 * A record of SPF (RFC 7208), read: its mechanisms in their order, and where it redirects to. No network here: see spf_query.h.
 *
 * Read by us, as Debian 12's libspf2 has memory errors that are known and not mended there.
 */
#ifndef SERVICES_RELAY_CHECK_SPF_RECORD_H
#define SERVICES_RELAY_CHECK_SPF_RECORD_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "base/network.h"

enum { SPF_RECORD_TERMS_MAX = 1000 };

enum spf_mechanism { SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS };

/* What a mechanism that matches comes to, RFC 7208 4.6.2. */
enum spf_qualifier { SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL };

struct spf_term {
	enum spf_mechanism mechanism;
	enum spf_qualifier qualifier;
	char *domain;                /* with macros (spf_macro.h); NULL: the record's own */
	unsigned ip4_bits, ip6_bits; /* of SPF_A and SPF_MX */
	struct network network;      /* of SPF_IP4 and SPF_IP6 */
};

struct spf_record {
	GPtrArray *terms; /* struct spf_term, owned */
	char *redirect;   /* with macros; NULL: none */
};

/* text: what begins with "v=spf1" as a word; any bytes. NULL, with the reason: it is wrong somewhere, and so as a whole (4.6). */
struct spf_record *spf_record_parse(const char *text, struct error *error);
void spf_record_free(struct spf_record *record);

#endif
