/* What comes into the API: dates, forms, hostile XML. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include <libxml/parser.h>

#include "services/soap/date_parameter.h"
#include "services/soap/form.h"
#include "services/soap/xml_gate.h"

#define MARCH_19 INT64_C(1268956800) /* 2010-03-19T00:00:00Z */

static void
test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t milliseconds; /* since MARCH_19 */
		bool is_day;
	} rows[] = {
	    {"2010-03-19", 0, true},
	    {" 3/19/2010 ", 0, true},
	    {"03/19/2010", 0, true},
	    {"2010-03-19T14:05:00Z", 50700000, false},
	    {"2010-03-19t14:05:00z", 50700000, false},
	    {"2010-03-19 14:05", 50700000, false},
	    {"2010-03-19T14:05:00.250", 50700250, false},
	    {"2010-03-19T14:05:00+02:00", 43500000, false},
	    {"2010-03-19T14:05:00-0130", 56100000, false},
	    {"3/19/2010 14:05", 50700000, false},
	    {"3/19/2010 2:05 PM", 50700000, false},
	    {"3/19/2010 2:05:07pm", 50707000, false},
	    {"3/19/2010 12:00 AM", 0, false},
	    {"3/19/2010 12:30 PM", 45000000, false},
	    {"3/19/2010 2:05:07\xe2\x80\xafPM", 50707000, false}, /* .NET since 8 */
	    {"2010/3/19", 0, true},
	    {"2010/03/19 14:05:00", 50700000, false},
	    {"Mar 19 2010  2:05PM", 50700000, false}, /* of SQL Server */
	    {"March 19, 2010", 0, true},
	    {"Friday, March 19, 2010 2:05:00 PM", 50700000, false},
	    {"Fri, 19 Mar 2010 14:05:00 GMT", 50700000, false},
	    {"19-MAR-2010", 0, true},
	    {"19 march 2010 14:05", 50700000, false},
	};
	static const char *const wrong[] = {"", "x", "19.3.2010", "2010-13-01", "2010-02-30",
	    "2/30/2010", "3/19/10", "2010-03-19T25:00", "2010-03-19T14:60", "3/19/2010 13:00 PM",
	    "3/19/2010 0:30 AM", "2010-03-19T14", "2010-03-19x", "2010-03/19", "30 Feb 2010",
	    "19 Mar 10", "19 Martius 2010", "Mar 2010", "March 19, 2010 14:05 EST", "9999999-01-01",
	    "2010-03-19T14:05:00+99:99:99"};
	int64_t when;
	bool is_day;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!date_parameter_parse(rows[i].text, &when, &is_day))
			fail_msg("%s is no date", rows[i].text);
		assert_int_equal(when, MARCH_19 * 1000000 + rows[i].milliseconds * 1000);
		assert_int_equal(is_day, rows[i].is_day);
		assert_int_equal(date_parameter_end(when, is_day),
		    when + (rows[i].is_day ? INT64_C(86400000000) : 1));
	}
	assert_int_equal(date_parameter_end(-1, false), 1); /* before 1970 nothing was */
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		if (date_parameter_parse(wrong[i], &when, &is_day))
			fail_msg("\"%s\" is taken for a date", wrong[i]);
}

static void
test_forms(void **state)
{
	static const struct {
		const char *body, *joined; /* NULL: no form */
		const char *charset;
	} rows[] = {
	    {"", "", NULL},
	    {"a=1&b=2", "[a=1][b=2]", NULL},
	    {"a=1&a=2&A=3", "[a=1][a=2][A=3]", NULL},
	    {"a=x+y%20z%2B%26", "[a=x y z+&]", NULL},
	    {"a=&b=2", "[a=][b=2]", NULL},
	    {"a=%C3%A4", "[a=\xc3\xa4]", NULL},
	    {"a=1=2", "[a=1=2]", NULL},
	    {"a=1&", "[a=1]", NULL},
	    {"a=1\r\n", "[a=1]", NULL},
	    {"a=%0D%0A", "[a=\r\n]", NULL},
	    {"a=%FF", NULL, NULL},
	    {"a=%00", NULL, NULL},
	    {"a=%01", NULL, NULL},
	    {"a=%zz", NULL, NULL},
	    {"a", "[a=]", NULL},
	    {"&a=1&&b&&&c=2&", "[a=1][b=][c=2]", NULL},
	    {"&&", "", NULL},
	    {"a%zz", NULL, NULL},
	    {"", "", "iso-8859-1"},
	    {"a=1&b=2", "[a=1][b=2]", "utf8"},
	    {"a=%C3%A4", "[a=\xc3\xa4]", "UTF-8"},
	    {"a=%E4+%26%3D\xf6&b=x=y\r\n", "[a=\xc3\xa4 &=\xc3\xb6][b=x=y]", "iso-8859-1"},
	    {"a=%80%0D%0A&a=", "[a=\xe2\x82\xac\r\n][a=]", "windows-1252"},
	    {"%FF%FEa%00=%FF%FE%E4%00", "[a=\xc3\xa4]", "UTF-16"},
	    {"a=%1B$B$3$s%1B%28B", "[a=\xe3\x81\x93\xe3\x82\x93]", "ISO-2022-JP"},
	    {"a=%E4", NULL, "us-ascii"},
	    {"a=%00", NULL, "iso-8859-1"},
	    {"a=%01", NULL, "iso-8859-1"},
	    {"a=%zz", NULL, "iso-8859-1"},
	    {"a=%E3", NULL, "shift_jis"},
	    {"a=%E4", NULL, "no-such-charset"},
	    {"a=%E4", NULL, "us-ascii//IGNORE"},
	    {"&%E4&&b=2", "[\xc3\xa4=][b=2]", "iso-8859-1"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GPtrArray *form =
		    form_parse(rows[i].body, strlen(rows[i].body), rows[i].charset, &error);
		GString *joined = g_string_new(NULL);

		if (rows[i].joined == NULL) {
			if (form != NULL)
				fail_msg("\"%s\" is taken", rows[i].body);
		} else {
			if (form == NULL)
				fail_msg("\"%s\": %s", rows[i].body, error.text);
			for (guint field = 0; field < form->len; field++) {
				const struct form_field *at = g_ptr_array_index(form, field);

				g_string_append_printf(joined, "[%s=%s]", at->name, at->value);
			}
			assert_string_equal(joined->str, rows[i].joined);
			g_ptr_array_unref(form);
		}
		g_string_free(joined, TRUE);
	}
}

static void
test_form_next(void **state)
{
	struct error error;
	GPtrArray *form = form_parse("x=1&Name=a&NAME=b", 17, NULL, &error);
	guint index = 0;

	(void)state;
	assert_string_equal(form_next(form, "name", &index), "a");
	assert_string_equal(form_next(form, "name", &index), "b");
	assert_null(form_next(form, "name", &index));
	g_ptr_array_unref(form);
}

static char *
nested(unsigned depth)
{
	GString *xml = g_string_new(NULL);

	for (unsigned i = 0; i < depth; i++)
		g_string_append(xml, "<a>");
	for (unsigned i = 0; i < depth; i++)
		g_string_append(xml, "</a>");
	return g_string_free(xml, FALSE);
}

static void
test_gate(void **state)
{
	char *deep_enough = nested(XML_GATE_DEPTH_MAX);
	char *too_deep = nested(XML_GATE_DEPTH_MAX + 1);
	const struct {
		const char *xml, *charset;
		const char *root;  /* its namespace; NULL: refused */
		const char *utf8;  /* within the document in UTF-8, when it is changed */
		const char *error; /* in the reason */
	} rows[] = {
	    {"<a/>", NULL, "", NULL, NULL},
	    {"<a xmlns='urn:x'>\xc3\xa4</a>", NULL, "urn:x", NULL, NULL},
	    {"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><x:a xmlns:x='urn:x'/>", "utf-8",
		"urn:x", NULL, NULL},
	    {"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>", NULL, "", "<a>\xc3\xa4</a>",
		NULL},
	    {"<a>\xe4</a>", "iso-8859-1", "", "<a>\xc3\xa4</a>", NULL},
	    {"<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa4</a>", "utf-8", "",
		"<a>\xc3\xa4</a>", NULL},
	    {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xc3\xa4</a>", "utf-8", "",
		"<a>\xc3\xa4</a>", NULL},
	    {"<a>&amp;&#xe4;<![CDATA[<]]></a>", NULL, "", NULL, NULL},
	    {"<a>&#65535;&#xFFFD;&#38;</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>&#65533;&#xFFFD;&#38;</a>", NULL, "", NULL, NULL},
	    {"<a>&#128512;&#38;&#13;</a>", NULL, "", "<a>\xf0\x9f\x98\x80&amp;&#13;</a>", NULL},
	    {"<a>&#x1F600;</a>", "utf-8", "", "<a>\xf0\x9f\x98\x80</a>", NULL},
	    {"<a>&#000038;</a>", NULL, "", "<a>&amp;</a>", NULL},
	    {"<a><![CDATA[&#128512;]]></a>", NULL, "", "<![CDATA[&#128512;]]>", NULL},
	    {"<a><![CDATA[&#&#&#]]></a>", NULL, "", NULL, NULL},
	    {deep_enough, NULL, "", NULL, NULL},
	    {too_deep, NULL, NULL, NULL, "too many elements"},
	    {"<!DOCTYPE a><a/>", NULL, NULL, NULL, "DOCTYPE"},
	    {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", NULL, NULL, NULL, "DOCTYPE"},
	    {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", NULL, NULL, NULL, "DOCTYPE"},
	    {"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><a/>", NULL, NULL, NULL,
		"DOCTYPE"},
	    {"<a>&b;</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>&#1;</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>&#0;</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>\x01</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>\xff</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a>&#xd800;</a>", NULL, NULL, NULL, "not well-formed"},
	    {"<a><b></a>", NULL, NULL, NULL, "not well-formed"},
	    {"<x:a/>", NULL, NULL, NULL, "not well-formed"},
	    {"", NULL, NULL, NULL, "not well-formed"},
	    {"text", NULL, NULL, NULL, "not well-formed"},
	    {"<a/>text", NULL, NULL, NULL, "not well-formed"},
	    {"<a/>", "no-such-charset", NULL, NULL, "charset"},
	    {"<e><Body><x xmlns='http://api.jangomail.com/'/></Body></e>", NULL, "", NULL, NULL},
	    {"<e><Body><x/><y xmlns='urn:y'/></Body></e>", NULL, "", NULL, NULL},
	    {"<e><Header><x xmlns='urn:x'/></Header><Body><x/></Body></e>", NULL, "", NULL, NULL},
	    {"<e><Body><x xmlns='urn:x'/></Body></e>", NULL, NULL, NULL, "another namespace"},
	    {"<e><Body>\n<x xmlns='http://api.jangomail.com'/></Body></e>", NULL, NULL, NULL,
		"another namespace"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *utf8;
		char *root;
		bool passed = xml_gate_pass(
		    rows[i].xml, strlen(rows[i].xml), rows[i].charset, &utf8, &root, &error);

		if (passed != (rows[i].root != NULL))
			fail_msg("row %zu: %s", i, passed ? "taken" : error.text);
		if (!passed) {
			if (strstr(error.text, rows[i].error) == NULL)
				fail_msg("row %zu: %s", i, error.text);
			continue;
		}
		assert_string_equal(root, rows[i].root);
		g_free(root);
		assert_int_equal(utf8 != NULL, rows[i].utf8 != NULL);
		if (utf8 != NULL) {
			assert_non_null(strstr(utf8->str, rows[i].utf8));
			g_string_free(utf8, TRUE);
		}
	}
	g_free(deep_enough);
	g_free(too_deep);
}

/* begin, middle as often as wanted, end. */
static void
test_gate_limits(void **state)
{
	static const struct {
		const char *begin, *middle;
		int count;
		const char *end;
		const char *error; /* NULL: taken */
	} rows[] = {
	    {"<a>", "text, and no tag. ", 10000, "</a>", NULL},
	    {"<a><![CDATA[", "<text> and no tag. ", 10000, "]]></a>", NULL},
	    {"<a b='", "a value ", 10000, "'/>", "too long"},
	    {"<a><!--", "a comment ", 10000, "--></a>", "too long"},
	    {"<a><?a ", "an instruction ", 10000, "?></a>", "too long"},
	    {"<a", " b%d='1'", XML_GATE_ATTRIBUTES_MAX, "/>", NULL},
	    {"<a", " b%d='1'", XML_GATE_ATTRIBUTES_MAX + 1, "/>", "too many attributes"},
	    {"<a", " b%d='1'", 1000000, "/>", "too long"},
	    {"<a", " xmlns:b%d='urn:b'", 1000000, "/>", "too long"},
	    {"<a", " xmlns:b%d='b'", XML_GATE_ATTRIBUTES_MAX - 1, "><b xmlns='c'/></a>", NULL},
	    {"<a", " xmlns:b%d='b'", XML_GATE_ATTRIBUTES_MAX, "><b xmlns='c'/></a>",
		"too many namespaces"},
	    {"<a>", "<b xmlns='urn:%d'/>", XML_GATE_ELEMENTS_MAX - 1, "</a>", NULL},
	    {"<a>", "<b/>", XML_GATE_ELEMENTS_MAX, "</a>", "too many elements"},
	    {"<e><Body><x><GroupName>", "0123456789abcdef", 65000, "</GroupName></x></Body></e>",
		NULL},
	    {"<e><Body><x><GroupName>", "0123456789abcdef", 66000, "</GroupName></x></Body></e>",
		"1 MiB"},
	    {"<e><Body><x><GroupName><![CDATA[", "0123456789abcdef", 66000,
		"]]></GroupName></x></Body></e>", "1 MiB"},
	    {"<e><Body><x><GroupName>", "&#65;", 250000, "</GroupName></x></Body></e>", "1 MiB"},
	    {"<e><Body><x>", "<!-- a comment of 32 characters -->", 32000, "</x></Body></e>",
		"1 MiB"},
	    {"<e><Body><x><ImportData>", "0123456789abcdef", 200000, "</ImportData></x></Body></e>",
		NULL},
	    {"<e><Body><x xmlns='http://api.jangomail.com/'><FieldValues><string>",
		"0123456789abcdef", 200000, "</string></FieldValues></x></Body></e>", NULL},
	    {"<e><Body><x><ImportData/><GroupName>", "0123456789abcdef", 66000,
		"</GroupName></x></Body></e>", "1 MiB"},
	    {"<e><Body><x><y><ImportData>", "0123456789abcdef", 66000,
		"</ImportData></y></x></Body></e>", "1 MiB"},
	    {"<e><Header><x><ImportData>", "0123456789abcdef", 66000,
		"</ImportData></x></Header><Body/></e>", "1 MiB"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *xml = g_string_new(rows[i].begin), *utf8;
		char *root = NULL;
		struct error error;
		bool passed;

		for (int n = 0; n < rows[i].count; n++) {
			const char *number = strstr(rows[i].middle, "%d");

			g_string_append(xml, rows[i].middle);
			if (number != NULL) {
				g_string_truncate(xml, xml->len - strlen(number));
				g_string_append_printf(xml, "%d%s", n, number + 2);
			}
		}
		g_string_append(xml, rows[i].end);
		passed = xml_gate_pass(xml->str, xml->len, NULL, &utf8, &root, &error);
		if (passed != (rows[i].error == NULL))
			fail_msg("row %zu: %s", i, passed ? "taken" : error.text);
		if (!passed && strstr(error.text, rows[i].error) == NULL)
			fail_msg("row %zu: %s", i, error.text);
		g_string_free(xml, TRUE);
		if (passed)
			g_free(root);
	}
}

/* The parser of short documents is used again: neither a refusal nor the names of one are left for the next. */
static void
test_gate_forgets(void **state)
{
	enum { DOCUMENTS = 100000, KEPT_BYTES = 1 << 20 };
	struct error error;
	size_t used = mallinfo2().uordblks;

	(void)state;
	for (int i = 0; i < DOCUMENTS; i++) {
		char xml[100], *root = NULL;
		GString *utf8 = NULL;
		bool passed;

		g_snprintf(xml, sizeof(xml), "<a%d xmlns='urn:a'%s>", i, i % 3 == 0 ? "" : "/");
		passed = xml_gate_pass(xml, strlen(xml), NULL, &utf8, &root, &error);
		assert_int_equal(passed, i % 3 != 0);
		assert_null(utf8);
		if (passed)
			assert_string_equal(root, "urn:a");
		g_free(root);
	}
	assert_true(mallinfo2().uordblks < used + KEPT_BYTES);
}

static int
cleanup(void **state)
{
	(void)state;
	xmlCleanupParser();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_form_next),
	    cmocka_unit_test(test_gate),
	    cmocka_unit_test(test_gate_limits),
	    cmocka_unit_test(test_gate_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, cleanup);
}
