/* The MAIL FROM of a delivery, and who may have made it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/message/return_path.h"

static const char domain[] = "bounces.example.net";
static const uint8_t key[DELIVERY_TOKEN_KEY_SIZE] = {1, 2, 3};
static const uint8_t other_key[DELIVERY_TOKEN_KEY_SIZE] = {1, 2, 4};

static const struct delivery_token paths[] = {
    {1, 1},
    {7, (INT64_C(20000) << 36) + 12345},
    {INT64_MAX, INT64_MAX},
    {INT64_C(0x0102030405060708), INT64_C(0x1112131415161718)},
};

static void
test_there_and_back(void **state)
{
	struct delivery_token read;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *address = return_path_create(&paths[i], key, domain);
		g_autofree char *shouted = g_ascii_strup(address, -1);

		assert_true(g_str_has_prefix(address, "b-"));
		assert_true(g_str_has_suffix(address, "@bounces.example.net"));
		assert_true(strchr(address, '@') - address <= 64);
		assert_int_equal(
		    return_path_read(address, key, domain, &read), RETURN_PATH_GENUINE);
		assert_int_equal(read.account_id, paths[i].account_id);
		assert_int_equal(read.delivery_id, paths[i].delivery_id);
		assert_int_equal(
		    return_path_read(shouted, key, domain, &read), RETURN_PATH_GENUINE);
		assert_int_equal(
		    return_path_read(address, other_key, domain, &read), RETURN_PATH_FORGED);
		assert_int_equal(
		    return_path_read(address, key, "example.net", &read), RETURN_PATH_FOREIGN);
	}
}

/* An address of one kind is none of the other, nor is one with the other's token. */
static void
test_unsubscribe_address(void **state)
{
	struct delivery_token read;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *address = unsubscribe_address_create(&paths[i], key, domain);
		g_autofree char *path = return_path_create(&paths[i], key, domain);

		assert_true(g_str_has_prefix(address, "u-"));
		assert_true(g_str_has_suffix(address, "@bounces.example.net"));
		assert_int_equal(
		    unsubscribe_address_read(address, key, domain, &read), RETURN_PATH_GENUINE);
		assert_int_equal(read.account_id, paths[i].account_id);
		assert_int_equal(read.delivery_id, paths[i].delivery_id);
		assert_int_equal(unsubscribe_address_read(address, other_key, domain, &read),
		    RETURN_PATH_FORGED);
		assert_int_equal(
		    return_path_read(address, key, domain, &read), RETURN_PATH_FOREIGN);
		assert_int_equal(
		    unsubscribe_address_read(path, key, domain, &read), RETURN_PATH_FOREIGN);
		*path = 'u';
		assert_int_equal(
		    unsubscribe_address_read(path, key, domain, &read), RETURN_PATH_FORGED);
	}
}

/* Every other character in every place, and every end cut off. */
static void
test_changed(void **state)
{
	g_autofree char *address = return_path_create(&paths[1], key, domain);
	char *at = strchr(address, '@');
	struct delivery_token read;

	(void)state;
	for (char *place = address + 2; place < at; place++) {
		char was = *place;

		for (int c = 1; c < 128; c++) {
			if (g_ascii_tolower((char)c) == was || c == '@')
				continue;
			*place = (char)c;
			assert_int_equal(
			    return_path_read(address, key, domain, &read), RETURN_PATH_FORGED);
		}
		*place = was;
		g_autofree char *cut =
		    g_strdup_printf("%.*s%s", (int)(place - address), address, at);
		assert_int_equal(return_path_read(cut, key, domain, &read), RETURN_PATH_FORGED);
	}
}

static void
test_foreign(void **state)
{
	static const char *const addresses[] = {"", "@", "b-", "b-x", "ann@bounces.example.net",
	    "b@bounces.example.net", "@bounces.example.net", "b-x@bounces.example.net.evil.test"};
	struct delivery_token read;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++)
		assert_int_equal(
		    return_path_read(addresses[i], key, domain, &read), RETURN_PATH_FOREIGN);
	assert_int_equal(
	    return_path_read("b-@bounces.example.net", key, domain, &read), RETURN_PATH_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_unsubscribe_address),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
