/* Which characters a text is made of (base/text.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/text.h"

static void
test_rows(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		bool is_ascii, has_control, is_utf8;
	} rows[] = {
	    {"", 0, true, false, true},
	    {"a name", 6, true, false, true},
	    {" !~", 3, true, false, true},
	    {"a\tb", 3, true, true, true},
	    {"\n", 1, true, true, true},
	    {"a\x7f", 2, true, true, true},
	    {"a\0b", 3, true, true, false},
	    {"a\n", 1, true, false, true},
	    {"Gr\xc3\xb6\xc3\x9f\x65", 7, false, false, true},
	    {"a\xc2\x85", 3, false, true, true},
	    {"a\xc2\xa0", 3, false, false, true},
	    {"\xe2\x80\x94", 3, false, false, true},
	    {"\xf0\x9f\x98\x80\x1f", 5, false, true, true},
	    {"\xc3\xa4\0", 3, false, true, false},
	    {"a\xef\xbf\xbe", 4, false, true, true},
	    {"\xef\xbf\xbf", 3, false, true, true},
	    {"\xef\xbf\xbd", 3, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (text_is_ascii(rows[i].text, rows[i].length) != rows[i].is_ascii)
			fail_msg("row %zu: ASCII", i);
		if (text_has_control(rows[i].text, rows[i].length) != rows[i].has_control)
			fail_msg("row %zu: control", i);
		if (text_is_utf8(rows[i].text, rows[i].length) != rows[i].is_utf8)
			fail_msg("row %zu: UTF-8", i);
	}
}

static void
test_broken_utf8(void **state)
{
	static const char *const rows[] = {
	    "\xe4", "a long line of text\xff", "\xed\xa0\x80", "\xc0\x80", "\xf0\x9f\x98"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (text_is_utf8(rows[i], strlen(rows[i])))
			fail_msg("row %zu is UTF-8", i);
}

static void
test_append(void **state)
{
	GString *to = g_string_new(NULL), *expected = g_string_new(NULL);

	(void)state;
	for (size_t length = 0; length < 100; length++) {
		char piece[100];

		memset(piece, (int)('a' + length % 26), length);
		text_append(to, piece, length);
		g_string_append_len(expected, piece, (gssize)length);
		assert_true(g_string_equal(to, expected));
		assert_int_equal(to->str[to->len], '\0');
	}
	g_string_free(to, TRUE);
	g_string_free(expected, TRUE);
}

static void
test_trim(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
	    {"", ""},
	    {" \t\r\n\v\f", ""},
	    {"\xc2\xa0", ""},
	    {" a  b\t", "a  b"},
	    {"\xc2\xa0\xe3\x80\x80\xe2\x80\xa8\xc3\xa4 \xe3\x80\x80", "\xc3\xa4"},
	    {"a\xc2\xa0"
	     "b",
		"a\xc2\xa0"
		"b"},
	    {"\xe2\x80\x8b", "\xe2\x80\x8b"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *trimmed = text_trim(rows[i].text);

		assert_string_equal(trimmed, rows[i].trimmed);
		g_free(trimmed);
	}
}

/* One byte beyond ASCII, at each place of each length: whole words and what is left of them. */
static void
test_ascii_at_each_place(void **state)
{
	char text[35];

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		memset(text, 'a', sizeof(text));
		text[length] = '\x80';
		assert_true(text_is_ascii(text, length));
		text[length] = 'a';
		for (size_t place = 0; place < length; place++) {
			text[place] = '\x80';
			assert_false(text_is_ascii(text, length));
			text[place] = 'a';
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_broken_utf8),
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_ascii_at_each_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
