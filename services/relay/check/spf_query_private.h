/* One evaluation of SPF (spf_query.h) under way. */
#ifndef SERVICES_RELAY_CHECK_SPF_QUERY_PRIVATE_H
#define SERVICES_RELAY_CHECK_SPF_QUERY_PRIVATE_H

#include "services/relay/check/spf_macro.h"
#include "services/relay/check/spf_query.h"
#include "services/relay/check/spf_record.h"

struct spf_query {
	struct dns_client *client;
	struct spf_macro_values values; /* domain: of the record that is read */
	unsigned lookups, voids;
	struct error reason; /* of a temperror or permerror */
};

/* What one mechanism comes to. */
enum spf_match { MATCH_NO, MATCH_YES, MATCH_TEMPERROR, MATCH_PERMERROR };

/* A term asks DNS. False: one too many. */
bool spf_query_count(struct spf_query *query);

/* What is no answer to a term's question. */
enum spf_match spf_query_no_answer(
    struct spf_query *query, const char *name, const struct dns_answer *answer);

/* The domain that a term is about, with its macros filled in; domain NULL: the record's own. g_free. */
char *spf_query_domain(const struct spf_query *query, const char *domain);

/* Whether the client is what a mechanism names, all but SPF_INCLUDE. */
enum spf_match spf_query_match(struct spf_query *query, const struct spf_term *term);

#endif
