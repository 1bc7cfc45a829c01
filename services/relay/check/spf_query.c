#include "services/relay/check/spf_query.h"

#include <string.h>

#include "services/relay/check/spf_query_private.h"

static const char spf_version[] = "v=spf1";

/* What one evaluation of check_host() comes to, RFC 7208 2.6. */
enum spf_result {
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SOFTFAIL,
	RESULT_NEUTRAL,
	RESULT_NONE,
	RESULT_TEMPERROR,
	RESULT_PERMERROR
};

static const char *const result_names[] = {[RESULT_PASS] = "pass",
    [RESULT_FAIL] = "fail",
    [RESULT_SOFTFAIL] = "softfail",
    [RESULT_NEUTRAL] = "neutral",
    [RESULT_NONE] = "none",
    [RESULT_TEMPERROR] = "temperror",
    [RESULT_PERMERROR] = "permerror"};

static const enum spf_result qualified[] = {[SPF_PASS] = RESULT_PASS,
    [SPF_FAIL] = RESULT_FAIL,
    [SPF_SOFTFAIL] = RESULT_SOFTFAIL,
    [SPF_NEUTRAL] = RESULT_NEUTRAL};

static enum spf_result check_host(struct spf_query *query, const char *domain);

/* RFC 7208 5.2 */
static enum spf_match
match_include(struct spf_query *query, const struct spf_term *term)
{
	g_autofree char *domain = NULL;

	if (!spf_query_count(query))
		return MATCH_PERMERROR;
	domain = spf_query_domain(query, term->domain);
	switch (check_host(query, domain)) {
	case RESULT_PASS:
		return MATCH_YES;
	case RESULT_FAIL:
	case RESULT_SOFTFAIL:
	case RESULT_NEUTRAL:
		return MATCH_NO;
	case RESULT_TEMPERROR:
		return MATCH_TEMPERROR;
	case RESULT_NONE:
		error_set(&query->reason, "%s, which it includes, has no record", domain);
		return MATCH_PERMERROR;
	case RESULT_PERMERROR:
		break;
	}
	return MATCH_PERMERROR;
}

/* RFC 7208 6.1 */
static enum spf_result
check_redirect(struct spf_query *query, const struct spf_record *record)
{
	g_autofree char *domain = NULL;
	enum spf_result result;

	if (!spf_query_count(query))
		return RESULT_PERMERROR;
	domain = spf_query_domain(query, record->redirect);
	result = check_host(query, domain);
	if (result != RESULT_NONE)
		return result;
	error_set(&query->reason, "%s, where it redirects to, has no record", domain);
	return RESULT_PERMERROR;
}

static enum spf_result
check_record(struct spf_query *query, const struct spf_record *record)
{
	for (guint i = 0; i < record->terms->len; i++) {
		const struct spf_term *term = record->terms->pdata[i];

		switch (term->mechanism == SPF_INCLUDE ? match_include(query, term)
						       : spf_query_match(query, term)) {
		case MATCH_NO:
			break;
		case MATCH_YES:
			return qualified[term->qualifier];
		case MATCH_TEMPERROR:
			return RESULT_TEMPERROR;
		case MATCH_PERMERROR:
			return RESULT_PERMERROR;
		}
	}
	return record->redirect != NULL ? check_redirect(query, record) : RESULT_NEUTRAL;
}

/* The texts of a domain that are records of SPF (RFC 7208 4.5). */
static const char *
find_record(const GPtrArray *texts, guint *count)
{
	const char *found = NULL;

	*count = 0;
	for (guint i = 0; i < texts->len; i++) {
		const char *text = texts->pdata[i];
		size_t length = strlen(spf_version);

		if (g_ascii_strncasecmp(text, spf_version, length) != 0 ||
		    (text[length] != ' ' && text[length] != '\0'))
			continue;
		found = text;
		++*count;
	}
	return found;
}

static enum spf_result
check_text(struct spf_query *query, const char *domain, const char *text)
{
	const char *outer = query->values.domain;
	struct spf_record *record = spf_record_parse(text, &query->reason);
	enum spf_result result;

	if (record == NULL) {
		error_prefix(&query->reason, "%s", domain);
		return RESULT_PERMERROR;
	}
	query->values.domain = domain;
	result = check_record(query, record);
	query->values.domain = outer;
	spf_record_free(record);
	return result;
}

/* RFC 7208 4. As deep as there are lookups. */
static enum spf_result
check_host(struct spf_query *query, const char *domain)
{
	struct dns_answer *answer = dns_client_ask(query->client, domain, RESOLVER_TXT);
	g_autoptr(GPtrArray) texts = dns_answer_texts(answer);
	enum spf_result result = RESULT_NONE;
	guint count;
	const char *text = find_record(texts, &count);

	if (answer->outcome == RESOLVER_FAILED) {
		(void)spf_query_no_answer(query, domain, answer);
		result = RESULT_TEMPERROR;
	} else if (count > 1) {
		error_set(&query->reason, "%s has %u records", domain, count);
		result = RESULT_PERMERROR;
	} else if (count == 1) {
		result = check_text(query, domain, text);
	}
	dns_answer_free(answer);
	return result;
}

struct spf_verdict
spf_query(struct dns_client *client, const char *domain, const char *address, const char *helo)
{
	struct spf_query query = {.client = client,
	    .values = {.local_part = "postmaster",
		.sender_domain = domain,
		.domain = domain,
		.address = address,
		.helo = helo}};
	enum spf_result result = check_host(&query, domain);
	bool is_error = result == RESULT_TEMPERROR || result == RESULT_PERMERROR;

	return (struct spf_verdict){.outcome = result == RESULT_PASS ? SPF_OUTCOME_PASS
		: result == RESULT_TEMPERROR                         ? SPF_OUTCOME_UNKNOWN
		: result == RESULT_PERMERROR                         ? SPF_OUTCOME_PERMERROR
								     : SPF_OUTCOME_OTHER,
	    .text = is_error ? g_strdup_printf("%s: %s", result_names[result], query.reason.text)
			     : g_strdup(result_names[result]),
	    .lookups = query.lookups};
}

void
spf_verdict_clear(struct spf_verdict *verdict)
{
	g_free(verdict->text);
	verdict->text = NULL;
}
