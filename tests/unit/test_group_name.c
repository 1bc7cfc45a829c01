/* Names of groups and the {Group} of a decoded Subject (base/group_name.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/group_name.h"

static void
test_cut(void **state)
{
	static const struct {
		const char *text, *subject, *group;
	} rows[] = {
	    {"Savings For Today{Daily Alert}", "Savings For Today", "Daily Alert"},
	    {"Savings For Today {Daily Alert}", "Savings For Today", "Daily Alert"},
	    {"{Daily Alert} Savings", "Savings", "Daily Alert"},
	    {"Savings  { Daily Alert }\tToday", "Savings Today", "Daily Alert"},
	    {"Savings {A}Today", "Savings Today", "A"},
	    {"Sav{A}ings", "Savings", "A"},
	    {"one {A} two {B} three", "one {A} two three", "B"},
	    {"{A}", "", "A"},
	    {"{}", "", NULL},
	    {"a { } b", "a b", NULL},
	    {"a {} {B}", "a {}", "B"},
	    {"a {B} {}", "a {B}", NULL},
	    {"{outer {inner} rest}", "{outer rest}", "inner"},
	    {"open {brace", "open {brace", NULL},
	    {"open {A} and {brace", "open and {brace", "A"},
	    {"close} only", "close} only", NULL},
	    {"}{", "}{", NULL},
	    {"{{A}}", "{}", "A"},
	    {"", "", NULL},
	    {"Gr\xc3\xbc\xc3\x9f"
	     "e {\xc3\x84rger} \xf0\x9f\x98\x80",
		"Gr\xc3\xbc\xc3\x9f"
		"e \xf0\x9f\x98\x80",
		"\xc3\x84rger"},
	    {"a\xc2\xa0{\xc2\xa0X\xc2\xa0}", "a", "X"},
	    {"two  spaces  stay {X}", "two  spaces  stay", "X"},
	};
	struct group_name_cut cut;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		group_name_cut(rows[i].text, &cut);
		assert_string_equal(cut.subject, rows[i].subject);
		if (rows[i].group == NULL)
			assert_null(cut.group);
		else
			assert_string_equal(cut.group, rows[i].group);
		assert_int_equal(cut.is_cut, !g_str_equal(rows[i].text, rows[i].subject));
		assert_null(cut.note);
		group_name_cut_clear(&cut);
	}
}

static void
test_no_name_stays(void **state)
{
	char *longest = g_strnfill(GROUP_NAME_CHARACTERS, 'x');
	char *good = g_strdup_printf("a {%s}", longest);
	char *bad = g_strdup_printf("a {%sx}", longest);
	struct group_name_cut cut;

	(void)state;
	group_name_cut(good, &cut);
	assert_string_equal(cut.group, longest);
	group_name_cut_clear(&cut);
	group_name_cut(bad, &cut);
	assert_string_equal(cut.subject, bad);
	assert_null(cut.group);
	assert_string_equal(
	    cut.note, "the group name in the Subject has 256 characters; 255 are allowed");
	group_name_cut_clear(&cut);
	group_name_cut("a {b\x01 c} d", &cut);
	assert_string_equal(cut.subject, "a {b\x01 c} d");
	assert_string_equal(
	    cut.note, "the group name in the Subject has a control character in it");
	assert_false(cut.is_cut);
	group_name_cut_clear(&cut);
	g_free(longest);
	g_free(good);
	g_free(bad);
}

static void
test_parse(void **state)
{
	static const struct {
		const char *name, *trimmed, *why;
	} rows[] = {
	    {"Daily Alert", "Daily Alert", NULL},
	    {" \t Daily  Alert\n", "Daily  Alert", NULL},
	    {"", NULL, "is empty"},
	    {"   ", NULL, "is empty"},
	    {"a{b", NULL, "has a brace in it"},
	    {"a\nb", NULL, "has a control character in it"},
	    {"a\xc2\x85"
	     "b",
		NULL, "has a control character in it"},
	    {"\xff", NULL, "is not UTF-8"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *trimmed = group_name_parse(rows[i].name, &error);

		if (rows[i].trimmed != NULL) {
			assert_non_null(trimmed);
			assert_string_equal(trimmed, rows[i].trimmed);
		} else {
			assert_null(trimmed);
			assert_string_equal(error.text, rows[i].why);
		}
		g_free(trimmed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_no_name_stays),
	    cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
