#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/http_client.h"

struct row {
	const char *peer;
	const char *forwarded;
	const char *client;
};

/* Proxies: 10.0.0.0/8 and 2001:db8:1::/48. */
static const struct row rows[] = {
    {"192.0.2.1", "198.51.100.1", "192.0.2.1"},
    {"10.0.0.1", "", "10.0.0.1"},
    {"10.0.0.1", "198.51.100.1", "198.51.100.1"},
    {"10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"},
    {"10.0.0.1", "203.0.113.9,198.51.100.1 ,10.0.0.2", "198.51.100.1"},
    {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
    {"10.0.0.1", "198.51.100.1:4711", "198.51.100.1"},
    {"10.0.0.1", "2001:DB8::9", "2001:db8::9"},
    {"10.0.0.1", "[2001:db8::9]", "2001:db8::9"},
    {"10.0.0.1", "[2001:db8::9]:4711, 2001:db8:1::2", "2001:db8::9"},
    {"2001:db8:1::1", "::ffff:198.51.100.1", "198.51.100.1"},
    {"::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"},
    {"10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"},
    {"10.0.0.1", "198.51.100.1, <script>, 10.0.0.2", "10.0.0.2"},
    {"10.0.0.1", "198.51.100.1,", "10.0.0.1"},
    {"10.0.0.1", "[198.51.100.1]", "10.0.0.1"},
    {"10.0.0.1", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22", "10.0.0.1"},
    {"2001:db8:2::1", "198.51.100.1", "2001:db8:2::1"},
};

static void
test_rows(void **state)
{
	struct network items[2];
	const struct network_list proxies = {items, 2};
	const struct network_list none = {NULL, 0};
	char *client;

	(void)state;
	assert_true(network_parse("10.0.0.0/8", &items[0]));
	assert_true(network_parse("2001:db8:1::/48", &items[1]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		client = http_client_address(&proxies, rows[i].peer, rows[i].forwarded);
		assert_string_equal(client, rows[i].client);
		g_free(client);
		client = http_client_address(&none, rows[i].peer, rows[i].forwarded);
		assert_string_equal(client, rows[i].peer);
		g_free(client);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
