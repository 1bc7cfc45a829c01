#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/http_gzip.h"

enum { MOST = 1 << 20 };

static void
test_what_is_accepted(void **state)
{
	static const struct {
		const char *value;
		bool accepted;
	} rows[] = {
	    {"", false},
	    {"gzip", true},
	    {"GZIP", true},
	    {"x-gzip", true},
	    {"deflate, gzip;q=1.0, *;q=0.5", true},
	    {"gzip;q=0", false},
	    {"gzip; q=0.000", false},
	    {"gzip ; Q=0", false},
	    {"gzip;q=0.001", true},
	    {"identity", false},
	    {"deflate, br", false},
	    {"*", true},
	    {"*;q=0", false},
	    {"*;q=0, gzip", true},
	    {"gzip;q=0, *", false},
	    {"gzipped", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_int_equal(http_gzip_is_accepted(rows[i].value), rows[i].accepted);
}

static void
test_codings(void **state)
{
	(void)state;
	assert_int_equal(http_coding_parse(""), HTTP_CODING_NONE);
	assert_int_equal(http_coding_parse("identity"), HTTP_CODING_NONE);
	assert_int_equal(http_coding_parse("Gzip"), HTTP_CODING_GZIP);
	assert_int_equal(http_coding_parse("x-gzip"), HTTP_CODING_GZIP);
	assert_int_equal(http_coding_parse("deflate"), HTTP_CODING_UNKNOWN);
	assert_int_equal(http_coding_parse("gzip, gzip"), HTTP_CODING_UNKNOWN);
}

static void
inflate_expect(const GString *bytes, size_t length, enum http_gunzip expected, const char *text)
{
	GString *out = g_string_new(NULL);

	assert_int_equal(http_gunzip(bytes->str, length, MOST, out), expected);
	assert_true(out->len <= MOST + 1);
	if (text != NULL)
		assert_string_equal(out->str, text);
	g_string_free(out, TRUE);
}

static void
test_there_and_back(void **state)
{
	static const size_t sizes[] = {0, 1, 1000, 65536, MOST - 1, MOST};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		GString *text = g_string_new(NULL), *small;

		for (size_t at = 0; at < sizes[i]; at++)
			g_string_append_c(text, (char)('a' + g_str_hash("x") * at * at % 23));
		small = http_gzip(text);
		inflate_expect(small, small->len, HTTP_GUNZIP_DONE, text->str);
		/* Cut anywhere it is broken, and so it is with something behind. */
		inflate_expect(small, small->len - 1, HTTP_GUNZIP_BROKEN, NULL);
		inflate_expect(small, small->len / 2, HTTP_GUNZIP_BROKEN, NULL);
		g_string_append(small, "x");
		inflate_expect(small, small->len, HTTP_GUNZIP_BROKEN, NULL);
		g_string_free(text, TRUE);
		g_string_free(small, TRUE);
	}
}

static void
test_random_bytes_there_and_back(void **state)
{
	GRand *random = g_rand_new_with_seed(1);
	GString *text = g_string_new(NULL), *small;

	(void)state;
	/* They grow: more than one turn of the output buffer. */
	for (size_t at = 0; at < 300000; at++)
		g_string_append_c(text, (char)g_rand_int_range(random, 1, 256));
	small = http_gzip(text);
	inflate_expect(small, small->len, HTTP_GUNZIP_DONE, text->str);
	g_string_free(text, TRUE);
	g_string_free(small, TRUE);
	g_rand_free(random);
}

static void
test_two_members(void **state)
{
	GString *first = g_string_new("one "), *second = g_string_new("two");
	GString *both = http_gzip(first), *more = http_gzip(second);

	(void)state;
	g_string_append_len(both, more->str, (gssize)more->len);
	inflate_expect(both, both->len, HTTP_GUNZIP_DONE, "one two");
	g_string_free(first, TRUE);
	g_string_free(second, TRUE);
	g_string_free(both, TRUE);
	g_string_free(more, TRUE);
}

static void
test_bomb(void **state)
{
	GString *zeros = g_string_new(NULL), *bomb;

	(void)state;
	g_string_set_size(zeros, 64 << 20);
	memset(zeros->str, 'x', zeros->len);
	bomb = http_gzip(zeros);
	inflate_expect(bomb, bomb->len, HTTP_GUNZIP_TOO_LARGE, NULL);
	g_string_free(zeros, TRUE);
	g_string_free(bomb, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_accepted),
	    cmocka_unit_test(test_codings), cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_random_bytes_there_and_back), cmocka_unit_test(test_two_members),
	    cmocka_unit_test(test_bomb)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
