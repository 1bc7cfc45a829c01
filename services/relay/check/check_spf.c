#include <string.h>

#include "services/relay/check/dns_check_private.h"
#include "services/relay/check/spf_query.h"

static const char spf_version[] = "v=spf1";

/* " ip4:192.0.2.1" for each of the addresses. */
static void
append_addresses(GString *record, const GPtrArray *addresses)
{
	for (guint i = 0; i < addresses->len; i++) {
		const char *address = addresses->pdata[i];

		g_string_append_printf(
		    record, " %s:%s", strchr(address, ':') != NULL ? "ip6" : "ip4", address);
	}
}

/* A record from which mail passes: the one that is there, with the addresses that fail put in, or a new one. g_free. */
static char *
spf_line(const char *domain, const char *record, const GPtrArray *addresses)
{
	GString *better = g_string_new(spf_version);
	char *line;

	append_addresses(better, addresses);
	g_string_append(better, record != NULL ? record + strlen(spf_version) : " -all");
	line = dns_check_text_line(domain, better->str);
	g_string_free(better, TRUE);
	return line;
}

static bool
check_address(struct dns_check *check, const char *domain, const char *record, const char *address,
    GPtrArray *failed)
{
	struct spf_verdict verdict = spf_query(check->client, domain, address, check->hostname);
	bool passes = verdict.outcome == SPF_OUTCOME_PASS;

	if (verdict.outcome == SPF_OUTCOME_OTHER)
		g_ptr_array_add(failed, (char *)address);
	check_report_add(check->report, passes ? CHECK_OK : CHECK_WRONG, "SPF", domain,
	    verdict.outcome == SPF_OUTCOME_OTHER ? spf_line(domain, record, failed) : NULL,
	    "%s from %s, %u of %d lookups, by %s", verdict.text, address, verdict.lookups,
	    SPF_QUERY_LOOKUPS_MAX, record);
	spf_verdict_clear(&verdict);
	return passes;
}

bool
dns_check_spf(struct dns_check *check, const char *domain, enum check_status missing)
{
	g_autofree char *text = NULL;
	enum dns_check_single single = dns_check_find_text(check, domain, spf_version, &text);
	g_autoptr(GPtrArray) failed = g_ptr_array_new();
	bool passes = check->addresses->len > 0;

	if (single != DNS_CHECK_ONE) {
		check_report_add(check->report, single == DNS_CHECK_NONE ? missing : CHECK_WRONG,
		    "SPF", domain,
		    single == DNS_CHECK_UNKNOWN ? NULL : spf_line(domain, NULL, check->addresses),
		    "%s", text);
		return false;
	}
	/* A later address's line has those of the earlier ones too. */
	for (guint i = 0; i < check->addresses->len; i++)
		passes = check_address(check, domain, text, check->addresses->pdata[i], failed) &&
		    passes;
	return passes;
}
