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
		bool is_ascii, has_control;
	} rows[] = {
	    {"", 0, true, false},
	    {"a name", 6, true, false},
	    {" !~", 3, true, false},
	    {"a\tb", 3, true, true},
	    {"\n", 1, true, true},
	    {"a\x7f", 2, true, true},
	    {"a\0b", 3, true, true},
	    {"a\n", 1, true, false},
	    {"Gr\xc3\xb6\xc3\x9f\x65", 7, false, false},
	    {"a\xc2\x85", 3, false, true},
	    {"a\xc2\xa0", 3, false, false},
	    {"\xe2\x80\x94", 3, false, false},
	    {"\xf0\x9f\x98\x80\x1f", 5, false, true},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (text_is_ascii(rows[i].text, rows[i].length) != rows[i].is_ascii)
			fail_msg("row %zu: ASCII", i);
		if (text_has_control(rows[i].text, rows[i].length) != rows[i].has_control)
			fail_msg("row %zu: control", i);
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
	    cmocka_unit_test(test_ascii_at_each_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
