/* The link to unsubscribe: who may have made its token, and for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/unsubscribe_link.h"

static const char base[] = "https://api.example.test/mail";
static const uint8_t key[DELIVERY_TOKEN_KEY_SIZE] = {1, 2, 3};
static const uint8_t other_key[DELIVERY_TOKEN_KEY_SIZE] = {1, 2, 4};

static const struct delivery_token deliveries[] = {
    {1, 1},
    {7, (INT64_C(20000) << 36) + 12345},
    {INT64_MAX, INT64_MAX},
};

static void
test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(deliveries); i++) {
		g_autofree char *link = unsubscribe_link_create(base, &deliveries[i], key);
		const char *token = link + strlen(base) + strlen("/u/");
		struct delivery_token read = {0};

		assert_true(g_str_has_prefix(link, "https://api.example.test/mail/u/"));
		assert_int_equal(strlen(token), DELIVERY_TOKEN_LENGTH);
		assert_string_equal(unsubscribe_link_token(link + strlen(base)), token);
		assert_false(unsubscribe_link_read(token, other_key, &read));
		assert_int_equal(read.account_id, 0);
		assert_true(unsubscribe_link_read(token, key, &read));
		assert_int_equal(read.account_id, deliveries[i].account_id);
		assert_int_equal(read.delivery_id, deliveries[i].delivery_id);
	}
}

/* What is made for one purpose is none for the other. */
static void
test_purposes(void **state)
{
	static const enum delivery_token_purpose purposes[] = {
	    DELIVERY_TOKEN_RETURN_PATH, DELIVERY_TOKEN_UNSUBSCRIBE};

	(void)state;
	for (size_t made = 0; made < G_N_ELEMENTS(purposes); made++)
		for (size_t asked = 0; asked < G_N_ELEMENTS(purposes); asked++) {
			char text[DELIVERY_TOKEN_LENGTH + 1];
			struct delivery_token read;

			delivery_token_write(&deliveries[1], purposes[made], key, text);
			assert_int_equal(delivery_token_read(text, DELIVERY_TOKEN_LENGTH,
					     purposes[asked], key, &read),
			    made == asked);
		}
}

/* Those made before the purpose was signed are still return paths. */
static void
test_return_paths_stay(void **state)
{
	static const char made_before[] = "aaaaaaaaaaaacaaaaaaaaaaaae7hnxcybw6swckbrbfb6ty";
	struct delivery_token read = {0};

	(void)state;
	assert_true(delivery_token_read(
	    made_before, strlen(made_before), DELIVERY_TOKEN_RETURN_PATH, key, &read));
	assert_int_equal(read.account_id, 1);
	assert_int_equal(read.delivery_id, 1);
}

static void
test_others(void **state)
{
	static const char *const tokens[] = {"", "a", "/",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "11111111111111111111111111111111111111111111111",
	    "\xc3\xbc\xc3\xbczzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"};
	static const char *const paths[] = {"", "/", "/u", "/U/x", "u/x", "/api.asmx/u/x", "//u/x"};
	g_autofree char *link = unsubscribe_link_create("", &deliveries[1], key);
	g_autofree char *longer = g_strconcat(link + strlen("/u/"), "/", NULL);
	struct delivery_token read;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++)
		assert_false(unsubscribe_link_read(tokens[i], key, &read));
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		assert_null(unsubscribe_link_token(paths[i]));
	assert_false(unsubscribe_link_read(longer, key, &read));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_purposes),
	    cmocka_unit_test(test_return_paths_stay),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
