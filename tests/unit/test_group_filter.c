/* services/soap/group_filter.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/soap/group_filter.h"

static char *
key_of(void *arg, const char *name, struct error *error)
{
	(void)arg;
	if (strcmp(name, "nothing") != 0)
		return g_ascii_strdown(name, -1);
	error_set(error, "there is no field \"nothing\"");
	return NULL;
}

static void
test_compiled(void **state)
{
	static const struct {
		const char *filter, *path;
	} cases[] = {
	    {"City = 'Dayton'", "(($.\"city\" like_regex \"^Dayton$\" flag \"is\"))"},
	    {" city<>'a.b' ", "(!($.\"city\" like_regex \"^a\\\\.b$\" flag \"is\"))"},
	    {"c!=''", "(!(!exists($.\"c\") || $.\"c\" like_regex \"^$\" flag \"is\"))"},
	    {"[Last Name] LIKE 'A_%'", "(($.\"last name\" like_regex \"^A..*$\" flag \"is\"))"},
	    {"\"a\"\"b\" not like 'O''Neil'",
		"(!($.\"a\\\"b\" like_regex \"^O'Neil$\" flag \"is\"))"},
	    {"a>=007.50", "($.\"a\".double() >= 7.50)"},
	    {"a < -3", "($.\"a\".double() < -3)"},
	    {"a < 'x\"\\'", "($.\"a\" < \"x\\\"\\\\\")"},
	    {"a=1 AND b=2 OR c=3",
		"($.\"a\".double() == 1 && $.\"b\".double() == 2) || ($.\"c\".double() == 3)"},
	    {"NOT (a=1 or b=2)", "(!((($.\"a\".double() == 1) || ($.\"b\".double() == 2))))"},
	    {"a IN ('x', 2)",
		"((($.\"a\" like_regex \"^x$\" flag \"is\") || $.\"a\".double() == 2))"},
	    {"a IS NOT NULL", "(!(!exists($.\"a\") || $.\"a\" like_regex \"^$\" flag \"is\"))"},
	    {"gr\xc3\xb6\xc3\x9f"
	     "e = '\n'",
		"(($.\"gr\xc3\xb6\xc3\x9f"
		"e\" like_regex \"^\\u000a$\" flag \"is\"))"},
	    {"notes = 'a'", "(($.\"notes\" like_regex \"^a$\" flag \"is\"))"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct error error = {0};
		char *path = group_filter_compile(cases[i].filter, key_of, NULL, &error);

		assert_string_equal(error.text, "");
		assert_string_equal(path, cases[i].path);
		g_free(path);
	}
}

static void
expect_refused(const char *filter, const char *reason)
{
	struct error error = {0};

	assert_null(group_filter_compile(filter, key_of, NULL, &error));
	assert_non_null(strstr(error.text, reason));
}

static void
test_refused(void **state)
{
	static const struct {
		const char *filter, *reason;
	} cases[] = {
	    {"", "character 1 of ToGroupFilter: here a field's name is missing"},
	    {"City", "character 5 of ToGroupFilter: here =, <>"},
	    {"City 'x'", "here =, <>"},
	    {"City = ", "'a string' or a number"},
	    {"City = 'x", "'a string' or a number"},
	    {"City = x", "'a string' or a number"},
	    {"City LIKE 5", "'a pattern'"},
	    {"City IN 'x'", "here ( is missing"},
	    {"City IN ('x'", "here , or ) is missing"},
	    {"City IN ()", "'a string' or a number"},
	    {"City IS 'x'", "here NULL is missing"},
	    {"(City = 'x'", "here ) is missing"},
	    {"City = 'x')", "here AND, OR or the end is missing"},
	    {"City = 'x'; DROP TABLE account", "here AND, OR or the end is missing"},
	    {"City = 'x' AND", "a field's name"},
	    {"[City = 'x'", "a field's name"},
	    {"nothing = 'x'", "there is no field"},
	};
	GString *deep = g_string_new(NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_refused(cases[i].filter, cases[i].reason);
	for (int i = 0; i <= GROUP_FILTER_DEPTH; i++)
		g_string_append_c(deep, '(');
	expect_refused(deep->str, "within each other");
	for (int i = 0; i <= GROUP_FILTER_CHARACTERS; i++)
		g_string_append_c(deep, ' ');
	expect_refused(deep->str, "has more than 10000 characters");
	g_string_free(deep, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compiled),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
