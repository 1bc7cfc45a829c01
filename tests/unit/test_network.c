#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "base/network.h"

struct row {
	const char *network;
	const char *address;
	bool contains;
};

static const struct row rows[] = {
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.77/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
    {"0.0.0.0/0", "203.0.113.5", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/33", "2001:db8:ffff::1", false},
    {"2001:db8::1", "2001:db8::1", true},
    {"10.0.0.0/8", "", false},
    {"10.0.0.0/8", "name", false},
};

static const char *const wrong[] = {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
    "10.0.0.0/8 ", "10.0.0/8", "::/129", "localhost", "10.0.0.0/8/8",
    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee/8"};

static void
test_contains(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network network;
		const struct network_list list = {&network, 1};

		assert_true(network_parse(rows[i].network, &network));
		assert_int_equal(network_list_contains(&list, rows[i].address), rows[i].contains);
	}
}

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct network network;

		assert_false(network_parse(wrong[i], &network));
	}
}

static const struct {
	const char *network, *first; /* first: NULL: as it is */
} wholes[] = {
    {"192.0.2.0/24", NULL},
    {"192.0.2.7", NULL},
    {"0.0.0.0/0", NULL},
    {"::/0", NULL},
    {"2001:db8::/33", NULL},
    {"192.0.2.7/24", "192.0.2.0"},
    {"192.0.2.7/31", "192.0.2.6"},
    {"10.1.2.3/0", "0.0.0.0"},
    {"2001:db8:8000::1/33", "2001:db8:8000::"},
};

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		unsigned char first[NETWORK_ADDRESS_BYTES];
		char text[INET6_ADDRSTRLEN];
		struct network network;

		assert_true(network_parse(wholes[i].network, &network));
		assert_int_equal(network_is_whole(&network, first), wholes[i].first == NULL);
		network_address_text(AF_INET6, first, text, sizeof(text));
		if (wholes[i].first != NULL)
			assert_string_equal(text, wholes[i].first);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_contains),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
