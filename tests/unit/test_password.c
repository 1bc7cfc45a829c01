/* Passwords, their cache, and the throttle for guessers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/login_throttle.h"
#include "base/password.h"

static void
test_hash_and_match(void **state)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE], longest[PASSWORD_MAX + 1];
	struct error error;

	(void)state;
	assert_true(password_hash("Grüße 1", hash, &error));
	assert_true(password_hash("Grüße 1", again, &error));
	assert_string_not_equal(hash, again);
	assert_true(strncmp(hash, "$y$", 3) == 0);
	assert_true(password_matches("Grüße 1", hash));
	assert_false(password_matches("Grüße 2", hash));
	assert_false(password_matches("", hash));
	assert_false(password_matches("Grüße 1", "*"));
	assert_false(password_hash("", hash, &error));
	memset(longest, 'x', PASSWORD_MAX);
	longest[PASSWORD_MAX] = '\0';
	assert_false(password_hash(longest, hash, &error));
	assert_false(password_matches(longest, again));
}

static void
test_cache(void **state)
{
	struct password_cache *cache = password_cache_create(60, 2);

	(void)state;
	assert_false(password_cache_knows(cache, 1, "h1", "secret"));
	password_cache_remember(cache, 1, "h1", "secret");
	password_cache_remember(cache, 1, "h1", "secret");
	assert_true(password_cache_knows(cache, 1, "h1", "secret"));
	assert_false(password_cache_knows(cache, 1, "h1", "Secret"));
	assert_false(password_cache_knows(cache, 2, "h1", "secret"));
	assert_false(password_cache_knows(cache, 1, "h2", "secret")); /* the password was changed */
	password_cache_remember(cache, 2, "h1", "secret");
	password_cache_remember(cache, 3, "h1", "secret");
	assert_false(
	    password_cache_knows(cache, 1, "h1", "secret")); /* the oldest of three made room */
	assert_true(password_cache_knows(cache, 3, "h1", "secret"));
	password_cache_destroy(cache);
	cache = password_cache_create(0, 2);
	password_cache_remember(cache, 1, "h1", "secret");
	assert_false(password_cache_knows(cache, 1, "h1", "secret"));
	password_cache_destroy(cache);
}

static void
test_throttle(void **state)
{
	struct login_throttle *throttle = login_throttle_create();
	int first;

	(void)state;
	for (int i = 0; i < LOGIN_FAILURES_FREE; i++) {
		assert_int_equal(login_throttle_delay(throttle, "192.0.2.1"), 0);
		login_throttle_failed(throttle, "192.0.2.1");
	}
	first = login_throttle_delay(throttle, "192.0.2.1");
	assert_true(first > 0);
	login_throttle_failed(throttle, "192.0.2.1");
	assert_true(login_throttle_delay(throttle, "192.0.2.1") > first);
	assert_true(login_throttle_delay(throttle, "::ffff:192.0.2.1") > first);
	assert_int_equal(login_throttle_delay(throttle, "192.0.2.2"), 0);
	for (int i = 0; i < 40; i++)
		login_throttle_failed(throttle, "2001:db8::1");
	assert_int_equal(login_throttle_delay(throttle, "2001:db8::2"), LOGIN_DELAY_MAX_MS);
	assert_int_equal(login_throttle_delay(throttle, "2001:db8:0:1::1"), 0);
	assert_int_equal(login_throttle_account_delay(throttle, "demo"), 0);
	for (int i = 0; i < 40; i++)
		login_throttle_account_failed(throttle, "demo");
	assert_int_equal(
	    login_throttle_account_delay(throttle, "DEMO"), LOGIN_ACCOUNT_DELAY_MAX_MS);
	assert_int_equal(login_throttle_account_delay(throttle, "other"), 0);
	login_throttle_destroy(throttle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hash_and_match),
	    cmocka_unit_test(test_cache),
	    cmocka_unit_test(test_throttle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
