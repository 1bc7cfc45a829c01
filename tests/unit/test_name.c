/* What a name may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/name.h"

enum { CHARACTERS = 4 };

static const struct {
	const char *name;
	const char *fault; /* NULL: it is one */
} names[] = {
    {"a", NULL},
    {"a b ", NULL},
    {"gr\xc3\xbc\xc3\x9f", NULL},
    {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80", NULL},
    {"{a}", NULL},
    {"", "is empty"},
    {"abcde", "has 5 characters; 4 are allowed"},
    {"a\tb", "has a control character in it"},
    {"a\x7f", "has a control character in it"},
    {"a\xc2\x85", "has a control character in it"},
    {"a\xff", "is not UTF-8"},
    {"\xc3", "is not UTF-8"},
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error error;

		assert_int_equal(
		    name_check(names[i].name, CHARACTERS, &error), names[i].fault == NULL);
		if (names[i].fault != NULL)
			assert_string_equal(error.text, names[i].fault);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
