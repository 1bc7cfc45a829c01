/* Records of SPF and their macros (check/spf_record.h, check/spf_macro.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/check/spf_macro.h"
#include "services/relay/check/spf_record.h"

/* A record as it was read: "-a:example.net/24//128 ip4 ... redirect=x". g_free. */
static char *
record_words(const struct spf_record *record)
{
	static const char *const names[] = {
	    "all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
	static const char *const qualifiers[] = {"+", "-", "~", "?"};
	GString *words = g_string_new(NULL);

	for (guint i = 0; i < record->terms->len; i++) {
		const struct spf_term *term = record->terms->pdata[i];

		g_string_append_printf(words, "%s%s%s", i > 0 ? " " : "",
		    qualifiers[term->qualifier], names[term->mechanism]);
		if (term->domain != NULL)
			g_string_append_printf(words, ":%s", term->domain);
		if (term->mechanism == SPF_A || term->mechanism == SPF_MX)
			g_string_append_printf(words, "/%u//%u", term->ip4_bits, term->ip6_bits);
		if (term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6)
			g_string_append_printf(words, "/%u", term->network.bits);
	}
	if (record->redirect != NULL)
		g_string_append_printf(words, " redirect=%s", record->redirect);
	return g_string_free(words, FALSE);
}

static void
test_records(void **state)
{
	static const struct {
		const char *text;
		const char *words; /* NULL: it is wrong */
	} rows[] = {
	    {"v=spf1", ""},
	    {"", ""},
	    {"v=spf1 ", ""},
	    {"v=spf1  -all ", "-all"},
	    {"v=spf1 all +all ~ALL ?all", "+all +all ~all ?all"},
	    {"v=spf1 a mx:b.example a/24 a//64 mx/24//64 a:c.example/0//0",
		"+a/32//128 +mx:b.example/32//128 +a/24//128 +a/32//64 +mx/24//64 +a:c.example/0//0"},
	    {"v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::1",
		"+ip4/128 +ip4/120 +ip6/32 +ip6/128"},
	    {"v=spf1 ptr ptr:example.net. exists:%{i}.x.example include:_spf.example.net",
		"+ptr +ptr:example.net. +exists:%{i}.x.example +include:_spf.example.net"},
	    {"v=spf1 a:%{d1r/}/24 a:%{d}", "+a:%{d1r/}/24//128 +a:%{d}/32//128"},
	    {"v=spf1 redirect=_spf.example.net", " redirect=_spf.example.net"},
	    {"v=spf1 Redirect=%{d} exp=e.%{d} unknown=%{s}x/y a.b-c_d=", " redirect=%{d}"},
	    {"v=spf1 ip5:192.0.2.1", NULL},
	    {"v=spf1 -all x\xff", NULL},
	    {"v=spf1\t-all", ""}, /* no word after the version: who looks for it sees to that */
	    {"v=spf1 -all\t", NULL},
	    {"v=spf1 --all", NULL},
	    {"v=spf1 all:x.example", NULL},
	    {"v=spf1 all/8", NULL},
	    {"v=spf1 include", NULL},
	    {"v=spf1 include:", NULL},
	    {"v=spf1 include:localhost", NULL},
	    {"v=spf1 include:x.example/24", NULL},
	    {"v=spf1 include:192.0.2.1", NULL},
	    {"v=spf1 include:a b.example", NULL},
	    {"v=spf1 exists", NULL},
	    {"v=spf1 a:", NULL},
	    {"v=spf1 a:/24", NULL},
	    {"v=spf1 a/33", NULL},
	    {"v=spf1 a//129", NULL},
	    {"v=spf1 a/", NULL},
	    {"v=spf1 a//", NULL},
	    {"v=spf1 a/24/64", NULL},
	    {"v=spf1 a/024", NULL},
	    {"v=spf1 a/2x", NULL},
	    {"v=spf1 a/1000", NULL},
	    {"v=spf1 a:%{d", NULL},
	    {"v=spf1 a:%{d}x", NULL},
	    {"v=spf1 a:x.-y", NULL},
	    {"v=spf1 ptr/24", NULL},
	    {"v=spf1 ip4", NULL},
	    {"v=spf1 ip4:", NULL},
	    {"v=spf1 ip4:192.0.2", NULL},
	    {"v=spf1 ip4:192.0.2.0/33", NULL},
	    {"v=spf1 ip4:192.0.2.0/", NULL},
	    {"v=spf1 ip4:2001:db8::1", NULL},
	    {"v=spf1 ip6:192.0.2.1", NULL},
	    {"v=spf1 ip6:2001:db8::/129", NULL},
	    {"v=spf1 redirect=", NULL},
	    {"v=spf1 redirect=a.example redirect=b.example", NULL},
	    {"v=spf1 exp=a.example exp=b.example", NULL},
	    {"v=spf1 exp=", NULL},
	    {"v=spf1 x=%{z}", NULL},
	    {"v=spf1 1x=y", NULL},
	    {"v=spf1 =y", NULL},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct error error = {""};
		struct spf_record *record = spf_record_parse(rows[i].text, &error);
		g_autofree char *words = record != NULL ? record_words(record) : NULL;

		if (rows[i].words == NULL) {
			assert_null(record);
			assert_true(g_str_has_suffix(error.text, " cannot be understood"));
			continue;
		}
		assert_non_null(record);
		assert_string_equal(words, rows[i].words);
		spf_record_free(record);
	}
}

static void
test_limit(void **state)
{
	GString *text = g_string_new("v=spf1");
	struct error error = {""};

	(void)state;
	for (int i = 0; i < SPF_RECORD_TERMS_MAX; i++)
		g_string_append(text, " mx");
	spf_record_free(spf_record_parse(text->str, &error));
	assert_string_equal(error.text, "");
	g_string_append(text, " mx");
	assert_null(spf_record_parse(text->str, &error));
	assert_string_equal(error.text, "it has more than 1000 terms");
	g_string_free(text, TRUE);
}

/* Those of RFC 7208 7.4, and others. */
static void
test_macros(void **state)
{
	static const struct {
		const char *text, *expanded;
	} rows[] = {
	    {"%{s}", "strong-bad@email.example.com"},
	    {"%{o}", "email.example.com"},
	    {"%{d}", "email.example.com"},
	    {"%{d4}", "email.example.com"},
	    {"%{d3}", "email.example.com"},
	    {"%{d2}", "example.com"},
	    {"%{d1}", "com"},
	    {"%{dr}", "com.example.email"},
	    {"%{d2r}", "example.email"},
	    {"%{l}", "strong-bad"},
	    {"%{l-}", "strong.bad"},
	    {"%{lr}", "strong-bad"},
	    {"%{lr-}", "bad.strong"},
	    {"%{l1r-}", "strong"},
	    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
	    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
	    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
	    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
	    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
	    {"%{H}.%{p}.a%%%_%-b.example.", "mx.example.org.unknown.a% %20b.example"},
	    {"%{d9999999999999}", "email.example.com"},
	    {"%{l.-.-.-.-.-.-}", "strong.bad"},
	};
	const struct spf_macro_values values = {.local_part = "strong-bad",
	    .sender_domain = "email.example.com",
	    .domain = "email.example.com",
	    .address = "192.0.2.3",
	    .helo = "mx.example.org"};
	struct spf_macro_values ipv6 = values;
	g_autofree char *nibbles = NULL;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *expanded = spf_macro_expand(rows[i].text, &values);

		assert_true(spf_macro_is_domain(rows[i].text));
		assert_string_equal(expanded, rows[i].expanded);
	}
	ipv6.address = "2001:db8::cb01";
	nibbles = spf_macro_expand("%{ir}.%{v}._spf.%{d2}", &ipv6);
	assert_string_equal(nibbles,
	    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

/* What is too long loses labels on its left. */
static void
test_long_names(void **state)
{
	g_autofree char *label = g_strnfill(60, 'x');
	g_autofree char *domain = g_strjoin(".", label, label, label, label, NULL);
	g_autofree char *endless = g_strnfill(SPF_MACRO_NAME_MAX + 1, 'y');
	struct spf_macro_values values = {.domain = domain};
	g_autofree char *fits = spf_macro_expand("%{d}.12345.example", &values);
	g_autofree char *cut = NULL, *nothing = NULL;

	(void)state;
	assert_null(strstr(fits, domain));
	assert_true(g_str_has_suffix(fits, ".12345.example") && strlen(fits) == 3 * 61 + 13);
	cut = spf_macro_expand("a.%{d}", &values);
	assert_int_equal(strlen(cut), strlen(domain) + 2);
	values.domain = endless;
	nothing = spf_macro_expand("%{d}", &values);
	assert_string_equal(nothing, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_records),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_macros),
	    cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
