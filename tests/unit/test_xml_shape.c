/* What is known without a parser is as well-formed as what it was known by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/soap/xml_shape.h"

static bool
keeps(const char *kept, const char *xml)
{
	const char *found;

	xml_shape_forget();
	xml_shape_keep(kept, strlen(kept), "urn:kept");
	found = xml_shape_find(xml, strlen(xml));
	assert_true(found == NULL || strcmp(found, "urn:kept") == 0);
	return found != NULL;
}

static void
test_shapes(void **state)
{
	static const struct {
		const char *kept, *xml;
		bool fits;
	} rows[] = {
	    {"<a>x</a>", "<a>x</a>", true},
	    {"<a>x</a>", "<a>other words; 12 [3]</a>", true},
	    {"<a>x</a>", "<a></a>", true},
	    {"<a>x</a>", "<a>x</a", false},
	    {"<a>x</a>", "<a>x</a>\n", false},
	    {"<a>x</a>", "<a>x</a>x", false},
	    {"<a>x</a>", "x<a>x</a>", false},
	    {"<a>x</a>", "<a>x</b>", false},
	    {"<a>x</a>", "<a/>", false},
	    {"<a>x</a>", "<a>x&amp;</a>", false},
	    {"<a>x</a>", "<a>x]]></a>", false},
	    {"<a>x</a>", "<a>x\"</a>", false},
	    {"<a>x</a>", "<a>x\x01</a>", false},
	    {"<a>x</a>", "<a>gr\xc3\xbc\xc3\x9f</a>", false},
	    {"<a>x</a>", "<a>\xff</a>", false},
	    {"<a>x</a>", "<a><b/></a>", false},
	    {"<a>x</a>", "", false},
	    {"<?xml version=\"1.0\"?>\n<a>\n <b c=\"d\">1</b> </a>\n",
		"<?xml version=\"1.0\"?>\n<a>\n <b c=\"d\">2</b> </a>\n", true},
	    {"<a>\n <b c=\"d\">1</b> </a>", "<a>\n <b c=\"d\">1</b>x</a>", false},
	    {"<a>\n <b c=\"d\">1</b> </a>", "<a>\n <b c=\"e\">1</b> </a>", false},
	    {"<a> </a>", "<a>x</a>", false},
	    {"<a b=\"1>2\">x</a>", "<a b=\"1>2\">x</a>", false},
	    {"<a b='1>2'>x</a>", "<a b='1>2'>x</a>", false},
	    {"<a b=\">x\">y</a>", "<a b=\">z\">y</a>", false},
	    {"<a><!-- x --></a>", "<a><!-- x --></a>", false},
	    {"<a><![CDATA[x]]></a>", "<a><![CDATA[x]]></a>", false},
	    {"<a><?b c?></a>", "<a><?b c?></a>", false},
	    {"<a>gr\xc3\xbc\xc3\x9f</a>", "<a>gr\xc3\xbc\xc3\x9f</a>", false},
	    {"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (keeps(rows[i].kept, rows[i].xml) != rows[i].fits)
			fail_msg("%s: %s", rows[i].kept, rows[i].xml);
}

static char *
numbered(unsigned number)
{
	return g_strdup_printf("<n%u>x</n%u>", number, number);
}

static void
test_oldest_goes(void **state)
{
	(void)state;
	xml_shape_forget();
	for (unsigned i = 0; i <= XML_SHAPE_MAX; i++) {
		g_autofree char *xml = numbered(i), *first = numbered(0);

		xml_shape_keep(xml, strlen(xml), xml);
		assert_string_equal(xml_shape_find(xml, strlen(xml)), xml);
		/* So that it is not the oldest. */
		assert_string_equal(xml_shape_find(first, strlen(first)), first);
	}
	for (unsigned i = 0; i <= XML_SHAPE_MAX; i++) {
		g_autofree char *xml = numbered(i);

		assert_int_equal(xml_shape_find(xml, strlen(xml)) != NULL, i != 1);
	}
}

static void
test_many_texts(void **state)
{
	GString *xml = g_string_new("<a>");

	(void)state;
	xml_shape_forget();
	for (unsigned i = 1; i < XML_SHAPE_PIECES_MAX; i++)
		g_string_append(xml, "<b>x</b>");
	g_string_append(xml, "</a>");
	xml_shape_keep(xml->str, xml->len, "");
	assert_non_null(xml_shape_find(xml->str, xml->len));
	g_string_insert(xml, strlen("<a>"), "<b>x</b>");
	xml_shape_keep(xml->str, xml->len, "");
	assert_null(xml_shape_find(xml->str, xml->len));
	g_string_free(xml, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_oldest_goes),
	    cmocka_unit_test(test_many_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
