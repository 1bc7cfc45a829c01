#include <string.h>

#include "services/relay/check/dns_check_private.h"
#include "services/relay/check/tag_list.h"
#include "services/relay/deliver/mx.h"

enum { POLICY_AGE_SENSIBLE = 86400 /* seconds; RFC 8461 3.2 speaks of weeks */ };

/* What the domain's server should answer, as one line; g_free. */
static char *
policy_text(const char *domain, enum mta_sts_mode mode, const GPtrArray *hosts)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text,
	    "at https://mta-sts.%s/.well-known/mta-sts.txt, in lines: version: STSv1, mode: %s",
	    domain, mta_sts_mode_name(mode));
	for (guint i = 0; i < hosts->len; i++)
		g_string_append_printf(
		    text, ", mx: %s", ((const struct mx *)hosts->pdata[i])->name);
	g_string_append_printf(text, ", max_age: %d", 7 * POLICY_AGE_SENSIBLE);
	return g_string_free(text, FALSE);
}

/* What a domain without MTA-STS begins with; g_free. */
static char *
record_and_policy(const char *domain, const char *name, const GPtrArray *hosts)
{
	g_autofree char *policy = policy_text(domain, MTA_STS_TESTING, hosts);

	return g_strdup_printf("%s. IN TXT \"v=STSv1; id=1\"; and %s", name, policy);
}

/* The first host that the policy does not allow; NULL: it allows all. */
static const char *
find_refused(const struct mta_sts_policy *policy, const GPtrArray *hosts)
{
	for (guint i = 0; i < hosts->len; i++) {
		const char *host = ((const struct mx *)hosts->pdata[i])->name;

		if (!mta_sts_policy_allows(policy, host))
			return host;
	}
	return NULL;
}

static void
judge_policy(struct dns_check *check, const char *domain, const GPtrArray *hosts,
    const struct mta_sts_policy *policy)
{
	const char *mode = mta_sts_mode_name(policy->mode), *refused = find_refused(policy, hosts);

	if (policy->mode != MTA_STS_NONE && refused != NULL)
		check_report_add(check->report, CHECK_WRONG, "MTA-STS", domain,
		    policy_text(domain, policy->mode, hosts),
		    "the policy, mode %s, does not name the mail host %s", mode, refused);
	else if (policy->mode != MTA_STS_ENFORCE)
		check_report_add(check->report, CHECK_NOTICE, "MTA-STS", domain,
		    policy_text(domain, MTA_STS_ENFORCE, hosts),
		    "a policy of mode %s, which protects nothing", mode);
	else if (policy->max_age < POLICY_AGE_SENSIBLE)
		check_report_add(check->report, CHECK_NOTICE, "MTA-STS", domain,
		    policy_text(domain, MTA_STS_ENFORCE, hosts),
		    "a policy for %u seconds alone, which protects little", policy->max_age);
	else
		check_report_add(check->report, CHECK_OK, "MTA-STS", domain, NULL,
		    "a policy of mode %s that names its mail hosts", mode);
}

void
dns_check_mta_sts(struct dns_check *check, const char *domain, const GPtrArray *hosts,
    enum dns_check_absence absence)
{
	g_autofree char *name = g_strconcat("_mta-sts.", domain, NULL);
	g_autofree char *text = NULL;
	enum dns_check_single single = dns_check_find_text(check, name, "v=STSv1", &text);
	char id[MTA_STS_ID_MAX + 1];
	struct mta_sts_policy *policy;
	struct error error;

	if (single == DNS_CHECK_NONE && absence == DNS_CHECK_ABSENCE_IS_FINE)
		return;
	if (single != DNS_CHECK_ONE || mta_sts_text_parse(text, id) != MTA_STS_RECORD_GOOD) {
		check_report_add(check->report,
		    single == DNS_CHECK_NONE ? CHECK_NOTICE : CHECK_WRONG, "MTA-STS", name,
		    single == DNS_CHECK_UNKNOWN ? NULL : record_and_policy(domain, name, hosts),
		    single == DNS_CHECK_ONE ? "not whole: %s" : "%s", text);
		return;
	}
	policy = dns_client_fetch_policy(check->client, domain, &error);
	if (policy != NULL)
		judge_policy(check, domain, hosts, policy);
	else
		check_report_add(check->report, CHECK_WRONG, "MTA-STS", domain,
		    policy_text(domain, MTA_STS_TESTING, hosts), "the policy cannot be fetched: %s",
		    error.text);
	mta_sts_policy_unref(policy);
}

/* RFC 8460 3: where reports go. */
static bool
reporting_is_whole(const char *text)
{
	struct tag_list *tags = tag_list_parse(text);
	const char *where = tags != NULL ? tag_list_find(tags, "rua") : NULL;
	bool is_whole = where != NULL && tag_list_begins(tags, "v", "TLSRPTv1") &&
	    (g_str_has_prefix(where, "mailto:") || g_str_has_prefix(where, "https:"));

	tag_list_free(tags);
	return is_whole;
}

void
dns_check_tls_reporting(struct dns_check *check, const char *domain, enum dns_check_absence absence)
{
	g_autofree char *name = g_strconcat("_smtp._tls.", domain, NULL);
	g_autofree char *text = NULL;
	enum dns_check_single single = dns_check_find_text(check, name, "v=TLSRPTv1", &text);
	g_autofree char *record = g_strdup_printf("v=TLSRPTv1; rua=mailto:postmaster@%s", domain);

	if (single == DNS_CHECK_NONE && absence == DNS_CHECK_ABSENCE_IS_FINE)
		return;
	if (single == DNS_CHECK_ONE && reporting_is_whole(text))
		check_report_add(check->report, CHECK_OK, "TLSRPT", name, NULL, "%s", text);
	else
		check_report_add(check->report,
		    single == DNS_CHECK_NONE ? CHECK_NOTICE : CHECK_WRONG, "TLSRPT", name,
		    single == DNS_CHECK_UNKNOWN ? NULL : dns_check_text_line(name, record),
		    single == DNS_CHECK_ONE ? "not whole: %s" : "%s", text);
}
