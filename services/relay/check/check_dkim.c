#include <string.h>

#include "services/relay/check/dns_check_private.h"
#include "services/relay/check/tag_list.h"
#include "services/relay/dkim/key_pair.h"

/* White space that DNS records are cut by does not count in a key (RFC 6376 3.2). */
static void
remove_spaces(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (!g_ascii_isspace(*text))
			*to++ = *text;
	*to = '\0';
}

/* Whether a list "a:b" holds one of the two, or is not there (RFC 6376 3.6.1). */
static bool
list_allows(const char *list, const char *one, const char *other)
{
	g_auto(GStrv) items = list != NULL ? g_strsplit(list, ":", -1) : NULL;

	for (char **item = items; item != NULL && *item != NULL; item++) {
		const char *name = g_strstrip(*item);

		if (strcmp(name, one) == 0 || strcmp(name, other) == 0)
			return true;
	}
	return items == NULL;
}

/* What is wrong with a published key; NULL: nothing. */
static const char *
key_problem(const struct tag_list *tags, enum dkim_algorithm algorithm, const char *public_key)
{
	const char *version = tag_list_find(tags, "v"), *type = tag_list_find(tags, "k"),
		   *data = tag_list_find(tags, "p");
	g_autofree char *published = g_strdup(data);

	if (version != NULL && !tag_list_begins(tags, "v", "DKIM1"))
		return "it does not begin with v=DKIM1";
	if (published == NULL)
		return "it has no p=";
	remove_spaces(published);
	if (published[0] == '\0')
		return "it is revoked, p= is empty";
	if (strcmp(type != NULL ? type : "rsa",
		algorithm == DKIM_ALGORITHM_ED25519 ? "ed25519" : "rsa") != 0)
		return "it is of another kind, k=";
	if (strcmp(published, public_key) != 0)
		return "it is another key than that which signs";
	if (!list_allows(tag_list_find(tags, "h"), "sha256", "sha256"))
		return "its h= does not allow sha256";
	if (!list_allows(tag_list_find(tags, "s"), "email", "*"))
		return "its s= is not about mail";
	return NULL;
}

/* A key without its record is wrong only when it signs. */
static bool
check_found(struct dns_check *check, const struct dkim_key *key, const char *name, const char *text,
    const char *public_key, char *publish)
{
	enum check_status bad = key->state == DKIM_KEY_ACTIVE ? CHECK_WRONG : CHECK_NOTICE;
	struct tag_list *tags = tag_list_parse(text);
	const char *problem =
	    tags == NULL ? "it is no list of tags" : key_problem(tags, key->algorithm, public_key);
	const char *flags = tags != NULL ? tag_list_find(tags, "t") : NULL;
	bool is_testing = problem == NULL && flags != NULL && list_allows(flags, "y", "y");

	if (problem != NULL)
		check_report_add(
		    check->report, bad, "DKIM", name, publish, "%s: %s", problem, text);
	else if (is_testing)
		check_report_add(check->report, CHECK_NOTICE, "DKIM", name, publish,
		    "the key, but t=y: it is said to be a test, and may count as no signature");
	else
		check_report_add(check->report, CHECK_OK, "DKIM", name, NULL, "the %s key%s",
		    dkim_algorithm_name(key->algorithm),
		    key->state == DKIM_KEY_ACTIVE ? "" : ", which does not sign just now");
	if (problem == NULL && !is_testing)
		g_free(publish);
	tag_list_free(tags);
	return problem == NULL && key->state == DKIM_KEY_ACTIVE;
}

static bool
check_key(struct dns_check *check, const struct dkim_key *key)
{
	g_autofree char *name = g_strdup_printf("%s._domainkey.%s", key->selector, key->domain);
	g_autofree char *text = NULL;
	struct error error;
	g_autofree char *value = dkim_key_pair_value(key, &error);
	enum check_status bad = key->state == DKIM_KEY_ACTIVE ? CHECK_WRONG : CHECK_NOTICE;
	enum dns_check_single single;

	if (value == NULL) {
		check_report_add(check->report, CHECK_WRONG, "DKIM", name, NULL, "%s", error.text);
		return false;
	}
	single = dns_check_find_text(check, name, NULL, &text);
	if (single == DNS_CHECK_ONE)
		return check_found(check, key, name, text, strstr(value, "p=") + strlen("p="),
		    dns_check_text_line(name, value));
	check_report_add(check->report, single == DNS_CHECK_UNKNOWN ? CHECK_WRONG : bad, "DKIM",
	    name, dns_check_text_line(name, value), "%s", text);
	return false;
}

bool
dns_check_dkim(struct dns_check *check, const struct dns_check_domain *domain)
{
	bool signs = false, passes = false;

	for (guint i = 0; i < domain->keys->len; i++) {
		const struct dkim_key *key = domain->keys->pdata[i];

		signs = signs || key->state == DKIM_KEY_ACTIVE;
		passes = check_key(check, key) || passes;
	}
	if (!signs)
		check_report_add(check->report, CHECK_WRONG, "DKIM", domain->name,
		    g_strdup_printf(domain->keys->len == 0
			    ? "what this prints: bracemail dkim add ACCOUNT %s"
			    : "what is there; then: bracemail dkim enable ACCOUNT %s SELECTOR",
			domain->name),
		    "no key signs for it");
	return passes;
}
