/* What a policy does to the hosts of a route (deliver/mta_sts_route.h), and what is asked of each then (deliver/security.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/mta_sts_route.h"
#include "services/relay/deliver/security.h"

enum { DIGEST_BYTES = 32 };

/* What DNSSEC vouches for: nothing, a record that can be used, one that cannot (RFC 7672 3.1.3). */
enum tlsa { TLSA_NONE, TLSA_GOOD, TLSA_USELESS };

static void
add_host(struct route *route, const char *name, enum tlsa tlsa)
{
	guint8 record[3 + DIGEST_BYTES] = {tlsa == TLSA_GOOD ? 3 : 0, 1, 1};
	struct route_host *host;

	assert_true(route_add(route, name, "192.0.2.1", 25));
	if (tlsa == TLSA_NONE)
		return;
	host = g_ptr_array_index(route->hosts, route->hosts->len - 1);
	host->tlsa = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(host->tlsa, g_bytes_new(record, sizeof(record)));
}

static void
test_one_host(void **state)
{
	static const struct {
		const char *pattern;
		enum mta_sts_mode mode;
		enum tlsa tlsa;
		enum client_tls tls;
		enum security_check check;
		bool stays, is_tested;
	} rows[] = {
	    {"mx.example.net", MTA_STS_ENFORCE, TLSA_NONE, CLIENT_TLS_REQUIRED,
		SECURITY_CHECK_MTA_STS, true, false},
	    {"other.example.net", MTA_STS_ENFORCE, TLSA_NONE, 0, 0, false, false},
	    {"mx.example.net", MTA_STS_TESTING, TLSA_NONE, CLIENT_TLS_WHEN_OFFERED,
		SECURITY_CHECK_NONE, true, true},
	    {"other.example.net", MTA_STS_TESTING, TLSA_NONE, CLIENT_TLS_WHEN_OFFERED,
		SECURITY_CHECK_NONE, true, true},
	    /* RFC 8461 2: DANE is not overridden. */
	    {"other.example.net", MTA_STS_ENFORCE, TLSA_GOOD, CLIENT_TLS_REQUIRED,
		SECURITY_CHECK_DANE, true, false},
	    {"mx.example.net", MTA_STS_ENFORCE, TLSA_GOOD, CLIENT_TLS_REQUIRED, SECURITY_CHECK_DANE,
		true, false},
	    {"mx.example.net", MTA_STS_TESTING, TLSA_GOOD, CLIENT_TLS_REQUIRED, SECURITY_CHECK_DANE,
		true, false},
	    {"mx.example.net", MTA_STS_ENFORCE, TLSA_USELESS, CLIENT_TLS_REQUIRED,
		SECURITY_CHECK_MTA_STS, true, false},
	    {"other.example.net", MTA_STS_ENFORCE, TLSA_USELESS, 0, 0, false, false},
	    {"mx.example.net", MTA_STS_TESTING, TLSA_USELESS, CLIENT_TLS_REQUIRED,
		SECURITY_CHECK_NONE, true, true},
	};
	struct deliver_settings settings = deliver_settings_default();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct mta_sts_policy *policy = mta_sts_policy_create(rows[i].mode, 1);
		struct route *route = route_create();
		struct security security;

		g_ptr_array_add(policy->patterns, g_strdup(rows[i].pattern));
		add_host(route, "mx.example.net", rows[i].tlsa);
		mta_sts_route_apply(policy, "example.net", route);
		assert_int_equal(route->hosts->len, rows[i].stays ? 1 : 0);
		if (rows[i].stays) {
			security = security_for_host(&settings, "example.net",
			    g_ptr_array_index(route->hosts, 0), MESSAGE_TLS_USUAL);
			assert_int_equal(security.tls, rows[i].tls);
			assert_int_equal(security.check, rows[i].check);
			assert_int_equal(security.is_tested, rows[i].is_tested);
		} else {
			assert_int_equal(route->failure.status, VERDICT_DEFERRED);
			assert_string_equal(route->failure.code, "4.7.5");
		}
		route_unref(route);
		mta_sts_policy_unref(policy);
	}
}

static void
test_hosts_are_taken_out(void **state)
{
	struct mta_sts_policy *policy = mta_sts_policy_create(MTA_STS_ENFORCE, 1);
	struct route *route = route_create();

	(void)state;
	g_ptr_array_add(policy->patterns, g_strdup("*.example.net"));
	add_host(route, "mx.example.org", TLSA_NONE);
	add_host(route, "mx1.example.net", TLSA_NONE);
	add_host(route, "dane.example.org", TLSA_GOOD);
	add_host(route, "example.net", TLSA_NONE);
	add_host(route, NULL, TLSA_NONE);
	add_host(route, "mx2.example.net", TLSA_NONE);
	mta_sts_route_apply(policy, "example.net", route);
	assert_int_equal(route->hosts->len, 3);
	assert_string_equal(
	    ((struct route_host *)g_ptr_array_index(route->hosts, 0))->name, "mx1.example.net");
	assert_string_equal(
	    ((struct route_host *)g_ptr_array_index(route->hosts, 1))->name, "dane.example.org");
	assert_string_equal(
	    ((struct route_host *)g_ptr_array_index(route->hosts, 2))->name, "mx2.example.net");
	assert_int_equal(route->failure.status, VERDICT_OPEN);
	/* for mail that policies do not matter to, all are there as DNS named them */
	assert_int_equal(route->unrestricted->hosts->len, 6);
	for (guint i = 0; i < 6; i++) {
		const struct route_host *host = g_ptr_array_index(route->unrestricted->hosts, i);

		assert_int_equal(host->mta_sts, MTA_STS_NONE);
		assert_null(host->tlsa);
	}
	route_unref(route);
	mta_sts_policy_unref(policy);
}

/* RFC 8689 4.2.1: whatever else decides, TLS and a check; and DANE or a policy keep theirs. */
static void
test_requiretls(void **state)
{
	static const struct {
		enum mta_sts_mode mode;
		enum tlsa tlsa;
		enum deliver_tls tls;
		enum security_check check;
	} rows[] = {
	    {MTA_STS_NONE, TLSA_NONE, DELIVER_TLS_OPPORTUNISTIC, SECURITY_CHECK_NAME},
	    {MTA_STS_NONE, TLSA_NONE, DELIVER_TLS_OFF, SECURITY_CHECK_NAME},
	    {MTA_STS_NONE, TLSA_NONE, DELIVER_TLS_REQUIRED, SECURITY_CHECK_NAME},
	    {MTA_STS_NONE, TLSA_GOOD, DELIVER_TLS_OPPORTUNISTIC, SECURITY_CHECK_DANE},
	    {MTA_STS_NONE, TLSA_USELESS, DELIVER_TLS_OPPORTUNISTIC, SECURITY_CHECK_NAME},
	    {MTA_STS_ENFORCE, TLSA_NONE, DELIVER_TLS_OPPORTUNISTIC, SECURITY_CHECK_MTA_STS},
	    {MTA_STS_TESTING, TLSA_NONE, DELIVER_TLS_OPPORTUNISTIC, SECURITY_CHECK_NAME},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct deliver_settings settings = deliver_settings_default();
		struct route *route = route_create();
		struct route_host *host;
		struct security security;

		settings.tls = rows[i].tls;
		add_host(route, "mx.example.net", rows[i].tlsa);
		host = g_ptr_array_index(route->hosts, 0);
		host->mta_sts = rows[i].mode;
		security = security_for_host(&settings, "example.net", host, MESSAGE_TLS_REQUIRED);
		assert_int_equal(security.tls, CLIENT_TLS_PASSED_ON);
		assert_int_equal(security.check, rows[i].check);
		assert_false(security.is_tested);
		route_unref(route);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_host),
	    cmocka_unit_test(test_hosts_are_taken_out),
	    cmocka_unit_test(test_requiretls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
