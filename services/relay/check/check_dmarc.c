#include <string.h>

#include <libpsl.h>

#include "services/relay/check/dns_check_private.h"
#include "services/relay/check/tag_list.h"

static const char dmarc_version[] = "v=DMARC1";

/* The domain that a name belongs to by the public suffix list (RFC 7489 3.2); the name itself where there is none. Within name. */
static const char *
organization_of(const char *name)
{
	const psl_ctx_t *suffixes = psl_builtin();
	const char *organization = suffixes != NULL ? psl_registrable_domain(suffixes, name) : NULL;

	return organization != NULL ? organization : name;
}

/* What the policy of a domain says. */
struct dmarc_policy {
	const char *policy; /* "none", "quarantine", "reject"; NULL: nothing that holds */
	bool is_spf_strict; /* aspf=s */
};

static bool
policy_is_known(const char *policy)
{
	return policy != NULL &&
	    (g_ascii_strcasecmp(policy, "none") == 0 ||
		g_ascii_strcasecmp(policy, "quarantine") == 0 ||
		g_ascii_strcasecmp(policy, "reject") == 0);
}

/* is_inherited: from the organization's domain, where sp= counts (RFC 7489 6.3). */
static struct dmarc_policy
policy_read(const struct tag_list *tags, bool is_inherited)
{
	struct dmarc_policy read = {0};
	const char *own = tag_list_find(tags, "p"), *sub = tag_list_find(tags, "sp"),
		   *alignment = tag_list_find(tags, "aspf");

	if (policy_is_known(own))
		read.policy = is_inherited && policy_is_known(sub) ? sub : own;
	read.is_spf_strict = alignment != NULL && g_ascii_strcasecmp(alignment, "s") == 0;
	return read;
}

/* RFC 7489 3.1: whether what passed is of the domain in From. Our d= is that very domain. */
static bool
is_spf_aligned(const struct dns_check *check, const char *domain, bool is_strict)
{
	const char *bounce = check->bounce_domain;

	if (!check->bounce_passes)
		return false;
	return is_strict ? strcmp(bounce, domain) == 0
			 : strcmp(organization_of(bounce), organization_of(domain)) == 0;
}

static char *
dmarc_line(const char *domain, const char *policy)
{
	g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
	g_autofree char *text =
	    g_strdup_printf("%s; p=%s; rua=mailto:postmaster@%s", dmarc_version, policy, domain);

	return dns_check_text_line(name, text);
}

static void
check_policy(struct dns_check *check, const char *domain, const char *where, const char *text,
    bool is_signed)
{
	struct tag_list *tags = tag_list_parse(text);
	struct dmarc_policy policy = {0};
	bool is_aligned = is_signed;

	if (tags != NULL && tag_list_begins(tags, "v", "DMARC1"))
		policy = policy_read(tags, strcmp(where, domain) != 0);
	is_aligned = is_signed || is_spf_aligned(check, domain, policy.is_spf_strict);
	if (policy.policy == NULL)
		check_report_add(check->report, CHECK_WRONG, "DMARC", domain,
		    dmarc_line(where, "none"), "the record of %s holds no policy: %s", where, text);
	else if (!is_aligned)
		check_report_add(check->report, CHECK_WRONG, "DMARC", domain,
		    g_strdup("the DKIM record above"),
		    "mail fails the policy %s of %s: no DKIM signature passes for the domain, nor SPF for one that "
		    "belongs to it",
		    policy.policy, where);
	else if (g_ascii_strcasecmp(policy.policy, "none") == 0)
		check_report_add(check->report, CHECK_NOTICE, "DMARC", domain,
		    dmarc_line(where, "quarantine"),
		    "mail passes by %s; but with p=none at %s others may send as the domain",
		    is_signed ? "DKIM" : "SPF", where);
	else
		check_report_add(check->report, CHECK_OK, "DMARC", domain, NULL,
		    "mail passes by %s the policy %s of %s", is_signed ? "DKIM" : "SPF",
		    policy.policy, where);
	tag_list_free(tags);
}

void
dns_check_dmarc(struct dns_check *check, const char *domain, bool is_signed)
{
	const char *organization = organization_of(domain), *where = domain;
	g_autofree char *own = g_strconcat("_dmarc.", domain, NULL);
	g_autofree char *parent = g_strconcat("_dmarc.", organization, NULL);
	char *text;
	enum dns_check_single single = dns_check_find_text(check, own, dmarc_version, &text);

	if (single == DNS_CHECK_NONE && strcmp(organization, domain) != 0) {
		g_free(text);
		where = organization;
		single = dns_check_find_text(check, parent, dmarc_version, &text);
	}
	if (single == DNS_CHECK_ONE)
		check_policy(check, domain, where, text, is_signed);
	else
		check_report_add(check->report, CHECK_WRONG, "DMARC", domain,
		    single == DNS_CHECK_UNKNOWN ? NULL : dmarc_line(organization, "none"), "%s",
		    text);
	g_free(text);
}
