/* Records of SPF (check/spf_record.h), any bytes: what is taken has mechanisms within their limits, and macros that expand to
 * what fits a name of DNS. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "services/relay/check/spf_macro.h"
#include "services/relay/check/spf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_domain(const char *domain)
{
	static const struct spf_macro_values values[] = {
	    {"postmaster", "example.net", "example.net", "192.0.2.1", "relay.example.net"},
	    {"a-b+c", "example.net", "_spf.example.net", "2001:db8::1", "relay"},
	};

	if (domain == NULL)
		return;
	if (!spf_macro_is_domain(domain) || !spf_macro_is_text(domain))
		abort();
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *name = spf_macro_expand(domain, &values[i]);

		if (strlen(name) > SPF_MACRO_NAME_MAX)
			abort();
	}
}

static void
check_term(const struct spf_term *term)
{
	bool wants_domain = term->mechanism == SPF_INCLUDE || term->mechanism == SPF_EXISTS;

	if (term->ip4_bits > 32 || term->ip6_bits > 128 || term->network.bits > 128 ||
	    (wants_domain && term->domain == NULL))
		abort();
	check_domain(term->domain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	struct error error = {""};
	struct spf_record *record = spf_record_parse(text, &error);

	if (record == NULL) {
		if (error.text[0] == '\0')
			abort();
		return 0;
	}
	if (record->terms->len > SPF_RECORD_TERMS_MAX)
		abort();
	for (guint i = 0; i < record->terms->len; i++)
		check_term(record->terms->pdata[i]);
	check_domain(record->redirect);
	spf_record_free(record);
	return 0;
}
