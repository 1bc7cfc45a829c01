#include <string.h>

#include "services/relay/check/dns_check_private.h"
#include "services/relay/deliver/mx.h"

static char *
exchanger_line(const char *domain, const char *host)
{
	return g_strdup_printf("%s. IN MX 10 %s.", domain, host);
}

/* "10 mx1.example.net, 20 mx2.example.net"; g_free. */
static char *
list_text(const GPtrArray *list)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		const struct mx *mx = list->pdata[i];

		g_string_append_printf(text, "%s%u %s", i > 0 ? ", " : "", mx->preference,
		    mx->name[0] != '\0' ? mx->name : ".");
	}
	return g_string_free(text, FALSE);
}

static const struct mx *
list_find(const GPtrArray *list, const char *host)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(((const struct mx *)list->pdata[i])->name, host) == 0)
			return list->pdata[i];
	return NULL;
}

/* Where there are no MX records, mail goes to the domain itself (RFC 5321 5.1). */
static void
list_add_itself(GPtrArray *list, const char *domain)
{
	struct mx *mx = g_new0(struct mx, 1);

	mx->name = g_strdup(domain);
	g_ptr_array_add(list, mx);
}

static void
check_exchangers(struct dns_check *check, const char *domain, const GPtrArray *list)
{
	const char *hostname = check->hostname;
	const struct mx *own = list_find(list, hostname), *best = list->pdata[0];
	g_autofree char *text = list_text(list);

	if (own == NULL)
		check_report_add(check->report, CHECK_WRONG, "MX", domain,
		    exchanger_line(domain, hostname), "%s: bounces do not come back to %s", text,
		    hostname);
	else if (own->preference > best->preference)
		check_report_add(check->report, CHECK_NOTICE, "MX", domain,
		    exchanger_line(domain, hostname), "%s: bounces go to %s first", text,
		    best->name);
	else
		check_report_add(check->report, CHECK_OK, "MX", domain, NULL, "%s", text);
}

/* There is no MX record. */
static void
check_implicit(struct dns_check *check, const char *domain, const struct dns_answer *answer)
{
	const char *hostname = check->hostname;
	g_autofree char *absence = dns_answer_absence(answer);

	if (answer->outcome != RESOLVER_FAILED && strcmp(domain, hostname) == 0 &&
	    check->addresses->len > 0)
		check_report_add(check->report, CHECK_OK, "MX", domain, NULL,
		    "none: bounces come to its address");
	else
		check_report_add(check->report, CHECK_WRONG, "MX", domain,
		    answer->outcome == RESOLVER_FAILED ? NULL : exchanger_line(domain, hostname),
		    "%s", absence);
}

void
dns_check_bounces(struct dns_check *check)
{
	const char *domain = check->bounce_domain;
	struct dns_answer *answer = dns_client_ask(check->client, domain, RESOLVER_MX);
	GPtrArray *list = dns_answer_exchangers(answer);

	if (list->len > 0) {
		check_exchangers(check, domain, list);
	} else {
		check_implicit(check, domain, answer);
		list_add_itself(list, domain);
	}
	dns_check_mta_sts(check, domain, list, DNS_CHECK_ABSENCE_COUNTS);
	dns_check_tls_reporting(check, domain, DNS_CHECK_ABSENCE_COUNTS);
	g_ptr_array_unref(list);
	dns_answer_free(answer);
}

/* Whether the name has an address. */
static bool
has_address(struct dns_check *check, const char *name)
{
	static const enum resolver_type types[] = {RESOLVER_A, RESOLVER_AAAA};
	bool has = false;

	for (size_t i = 0; !has && i < G_N_ELEMENTS(types); i++) {
		struct dns_answer *answer = dns_client_ask(check->client, name, types[i]);

		has = answer->outcome == RESOLVER_FOUND;
		dns_answer_free(answer);
	}
	return has;
}

void
dns_check_replies(struct dns_check *check, const char *domain)
{
	struct dns_answer *answer = dns_client_ask(check->client, domain, RESOLVER_MX);
	GPtrArray *list = dns_answer_exchangers(answer);
	g_autofree char *text = list_text(list);
	g_autofree char *absence = dns_answer_absence(answer);

	if (answer->outcome == RESOLVER_FAILED)
		check_report_add(check->report, CHECK_WRONG, "MX", domain, NULL, "%s", absence);
	else if (list->len > 0 && !mx_list_is_null(list))
		check_report_add(check->report, CHECK_OK, "MX", domain, NULL, "%s", text);
	else if (list->len == 0 && has_address(check, domain))
		check_report_add(
		    check->report, CHECK_OK, "MX", domain, NULL, "none: replies go to its address");
	else
		check_report_add(check->report, CHECK_NOTICE, "MX", domain,
		    g_strdup_printf("%s. IN MX with the host that takes its mail", domain),
		    "%s: replies go nowhere, and some servers refuse mail from such a domain",
		    list->len > 0 ? text : absence);
	if (list->len == 0)
		list_add_itself(list, domain);
	dns_check_mta_sts(check, domain, list, DNS_CHECK_ABSENCE_IS_FINE);
	dns_check_tls_reporting(check, domain, DNS_CHECK_ABSENCE_IS_FINE);
	g_ptr_array_unref(list);
	dns_answer_free(answer);
}
