/* Lists of tags in DNS records (check/tag_list.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/check/tag_list.h"

static void
test_lists(void **state)
{
	static const struct {
		const char *text;
		const char *p; /* the value of tag p; NULL: there is none */
		bool is_list;
		bool begins; /* with v=X1 */
	} rows[] = {
	    {"v=X1; p=none", "none", true, true},
	    {" v = X1 ;\tp =  a = b ; ", "a = b", true, true},
	    {"v=X1;p=", "", true, true},
	    {"p=1;v=X1", "1", true, false},
	    {"V=X1;P=1", NULL, true, false},
	    {"v=x1", NULL, true, false},
	    {"v=X1;", NULL, true, true},
	    {"v=X1;;p=1", NULL, false, false},
	    {"v=X1;p=1;p=2", NULL, false, false},
	    {"v=X1;p", NULL, false, false},
	    {"v=X1;=1", NULL, false, false},
	    {"", NULL, false, false},
	    {";", NULL, false, false},
	    {"hello", NULL, false, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct tag_list *list = tag_list_parse(rows[i].text);
		const char *value;

		assert_int_equal(list != NULL, rows[i].is_list);
		if (list == NULL)
			continue;
		value = tag_list_find(list, "p");
		if (rows[i].p == NULL)
			assert_null(value);
		else
			assert_string_equal(value, rows[i].p);
		assert_int_equal(tag_list_begins(list, "v", "X1"), rows[i].begins);
		tag_list_free(list);
	}
}

static void
test_limit(void **state)
{
	GString *text = g_string_new(NULL);
	struct tag_list *list;

	(void)state;
	for (int i = 0; i < TAG_LIST_MAX; i++)
		g_string_append_printf(text, "t%d=%d;", i, i);
	list = tag_list_parse(text->str);
	assert_non_null(list);
	assert_string_equal(tag_list_find(list, "t99"), "99");
	tag_list_free(list);
	g_string_append(text, "p=1");
	assert_null(tag_list_parse(text->str));
	g_string_free(text, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
