/* Where mail goes (deliver/route.h, deliver/mx.h), and addresses on the wire (deliver/mailbox.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/mx.h"
#include "services/relay/deliver/route.h"

static void
test_endpoint(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned port;
		bool is_literal;
	} rows[] = {
	    {"[127.0.0.1]:2526", "127.0.0.1", 2526, true},
	    {"127.0.0.1:2526", "127.0.0.1", 2526, true},
	    {"127.0.0.1", "127.0.0.1", 25, true},
	    {"[::1]:2526", "::1", 2526, true},
	    {"[2001:db8::1]", "2001:db8::1", 25, true},
	    {"relay.example.net:587", "relay.example.net", 587, false},
	    {"relay.example.net", "relay.example.net", 25, false},
	    {"[relay.example.net]:587", "relay.example.net", 587, false},
	    {"", NULL, 0, false},
	    {"[]:25", NULL, 0, false},
	    {":25", NULL, 0, false},
	    {"host:", NULL, 0, false},
	    {"host:0", NULL, 0, false},
	    {"host:65536", NULL, 0, false},
	    {"host:25x", NULL, 0, false},
	    {"host:-1", NULL, 0, false},
	    {"::1", NULL, 0, false},
	    {"[::1", NULL, 0, false},
	    {"[::1]25", NULL, 0, false},
	    {"[not:an:ip]:25", NULL, 0, false},
	    {"two words:25", NULL, 0, false},
	};
	struct route_endpoint endpoint;
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool ok = route_endpoint_parse(rows[i].text, 25, &endpoint, &error);

		assert_int_equal(ok, rows[i].host != NULL);
		if (!ok)
			continue;
		assert_string_equal(endpoint.host, rows[i].host);
		assert_int_equal(endpoint.port, rows[i].port);
		assert_int_equal(endpoint.is_literal, rows[i].is_literal);
		route_endpoint_clear(&endpoint);
	}
}

static void
test_literal(void **state)
{
	static const struct {
		const char *domain, *where;
	} rows[] = {
	    {"[192.0.2.1]", "192.0.2.1 [192.0.2.1]:25"},
	    {"[IPv6:2001:db8::1]", "2001:db8::1 [2001:db8::1]:25"},
	    {"[ipv6:::1]", "::1 [::1]:25"},
	    {"[192.0.2.1", NULL},
	    {"[192.0.2]", NULL},
	    {"[]", NULL},
	    {"[", NULL},
	};

	(void)state;
	assert_null(route_from_literal("example.net", 25));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct route *route = route_from_literal(rows[i].domain, 25);

		assert_non_null(route);
		if (rows[i].where != NULL) {
			const struct route_host *host = g_ptr_array_index(route->hosts, 0);

			assert_int_equal(route->failure.status, VERDICT_OPEN);
			assert_string_equal(host->where, rows[i].where);
			assert_null(host->name);
		} else {
			assert_int_equal(route->hosts->len, 0);
			assert_string_equal(route->failure.code, "5.1.2");
			assert_int_equal(route->notes->len, 1);
		}
		route_unref(route);
	}
}

/* preference and labels separated by dots, as an MX record's data. */
static void
add_mx(GPtrArray *list, unsigned preference, const char *name)
{
	GString *wire = g_string_new(NULL);
	char **labels = g_strsplit(name, ".", -1);

	g_string_append_c(wire, (char)(preference >> 8));
	g_string_append_c(wire, (char)preference);
	for (char **label = labels; *label != NULL && **label != '\0'; label++) {
		g_string_append_c(wire, (char)strlen(*label));
		g_string_append(wire, *label);
	}
	g_string_append_c(wire, '\0');
	assert_true(mx_list_add(list, wire->str, wire->len));
	g_strfreev(labels);
	g_string_free(wire, TRUE);
}

static const char *
mx_name(GPtrArray *list, guint index)
{
	return ((struct mx *)g_ptr_array_index(list, index))->name;
}

static void
test_mx_order(void **state)
{
	unsigned first = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		GPtrArray *list = mx_list_create();

		add_mx(list, 20, "c.example");
		add_mx(list, 10, "A.example");
		add_mx(list, 10, "b.example");
		add_mx(list, 300, "d.example");
		mx_list_sort(list);
		assert_string_equal(mx_name(list, 2), "c.example");
		assert_string_equal(mx_name(list, 3), "d.example");
		if (g_str_equal(mx_name(list, 0), "a.example"))
			first++;
		else
			assert_string_equal(mx_name(list, 0), "b.example");
		g_ptr_array_unref(list);
	}
	assert_in_range(first, 50, 150);
}

static void
test_mx_null_and_own(void **state)
{
	GPtrArray *list = mx_list_create();

	(void)state;
	assert_false(mx_list_is_null(list));
	add_mx(list, 0, "");
	assert_true(mx_list_is_null(list));
	add_mx(list, 0, "");
	add_mx(list, 10, "a.example");
	add_mx(list, 20, "b.example");
	add_mx(list, 20, "relay.example");
	add_mx(list, 30, "c.example");
	assert_false(mx_list_is_null(list));
	mx_list_sort(list);
	assert_false(mx_list_cut_own(list, "other.example"));
	assert_int_equal(list->len, 4);
	assert_true(mx_list_cut_own(list, "Relay.Example"));
	assert_int_equal(list->len, 1);
	assert_string_equal(mx_name(list, 0), "a.example");
	g_ptr_array_unref(list);
}

static void
test_mx_malformed(void **state)
{
	static const struct {
		const char *data;
		size_t length;
	} rows[] = {{"", 0}, {"\0", 1}, {"\0\12", 2}, {"\0\12\3ab", 5}, {"\0\12\1a", 4},
	    {"\0\12\1a\5", 5}, {"\0\12\100a\0", 5}, {"\0\12\3a b\0", 7}, {"\0\12\2a\n\0", 6}};
	GPtrArray *list = mx_list_create();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_false(mx_list_add(list, rows[i].data, rows[i].length));
	assert_int_equal(list->len, 0);
	g_ptr_array_unref(list);
}

static void
test_mailbox(void **state)
{
	static const struct {
		const char *address, *path, *domain;
		bool is_utf8;
	} rows[] = {
	    {"a@example.net", "a@example.net", "example.net", false},
	    {"A.B+c@EXAMPLE.Net", "A.B+c@example.net", "example.net", false},
	    {"\"a b\"@example.net", "\"a b\"@example.net", "example.net", false},
	    {"\"a@b>c\"@example.net", "\"a@b>c\"@example.net", "example.net", false},
	    {"\"a\\\"b\"@example.net", "\"a\\\"b\"@example.net", "example.net", false},
	    {"a@[192.0.2.1]", "a@[192.0.2.1]", "[192.0.2.1]", false},
	    {"a@[IPv6:2001:db8::1]", "a@[ipv6:2001:db8::1]", "[ipv6:2001:db8::1]", false},
	    {"a@fa\xc3\x9f.de", "a@xn--fa-hia.de", "xn--fa-hia.de", false},
	    {"a@B\xc3\x9c"
	     "CHER.example",
		"a@xn--bcher-kva.example", "xn--bcher-kva.example", false},
	    {"j\xc3\xb6rg@example.net", "j\xc3\xb6rg@example.net", "example.net", true},
	    {"", NULL, NULL, false},
	    {"a", NULL, NULL, false},
	    {"@example.net", NULL, NULL, false},
	    {"a@", NULL, NULL, false},
	    {"a@.net", NULL, NULL, false},
	    {"a@example..net", NULL, NULL, false},
	    {"a b@example.net", NULL, NULL, false},
	    {"a@example.net>", NULL, NULL, false},
	    {"<a@example.net>", NULL, NULL, false},
	    {"a@b,c@d", NULL, NULL, false},
	    {"a@example.net\r\nRCPT TO:<b@c", NULL, NULL, false},
	    {"\"a\r\n\"@example.net", NULL, NULL, false},
	    {"\"a\\\r\n\"@example.net", NULL, NULL, false},
	    {"\"a@example.net", NULL, NULL, false},
	    {"a@exa mple.net", NULL, NULL, false},
	    {"a@example.net SIZE=1", NULL, NULL, false},
	    {"\xff@example.net", NULL, NULL, false},
	    {"a@\xff.net", NULL, NULL, false},
	};
	struct mailbox mailbox;
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool ok = mailbox_parse(rows[i].address, &mailbox, &error);

		assert_int_equal(ok, rows[i].path != NULL);
		if (!ok) {
			assert_null(mailbox.path);
			continue;
		}
		assert_string_equal(mailbox.path, rows[i].path);
		assert_string_equal(mailbox.domain, rows[i].domain);
		assert_int_equal(mailbox.is_utf8, rows[i].is_utf8);
		mailbox_clear(&mailbox);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_endpoint),
	    cmocka_unit_test(test_literal),
	    cmocka_unit_test(test_mx_order),
	    cmocka_unit_test(test_mx_null_and_own),
	    cmocka_unit_test(test_mx_malformed),
	    cmocka_unit_test(test_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
