/* Text in and out of the API: lists, addresses, what XML cannot hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/soap/email_address.h"
#include "services/soap/text_list.h"
#include "services/soap/xml_text.h"

static void
test_list(void **state)
{
	static const struct {
		const char *text, *separators, *joined;
	} rows[] = {
	    {"", ",", ""},
	    {"  ", ",", ""},
	    {"a", ",", "[a]"},
	    {"a,b", ",", "[a][b]"},
	    {" a , b c ", ",", "[a][b c]"},
	    {"a,,c,", ",", "[a][][c][]"},
	    {"a;b,c", ",;", "[a][b][c]"},
	    {"a;b", ",", "[a;b]"},
	    {"\"a, b\",c", ",", "[a, b][c]"},
	    {"\"say \"\"hi\"\"\" , x", ",", "[say \"hi\"][x]"},
	    {"\"\",b", ",", "[][b]"},
	    {"\"a\"\"", ",", "[\"a\"\"]"},
	    {"\"a\" b,c", ",", "[\"a\" b][c]"},
	    {" \"a, b\" c", ",", "[\"a][b\" c]"},
	    {"\"\"\"a\"\" b\",c", ",", "[\"a\" b][c]"},
	    {"\"open, end", ",", "[\"open][end]"},
	    {"a\"b,c", ",", "[a\"b][c]"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GPtrArray *items = text_list_split(rows[i].text, rows[i].separators);
		GString *joined = g_string_new(NULL);

		for (guint item = 0; item < items->len; item++)
			g_string_append_printf(
			    joined, "[%s]", (char *)g_ptr_array_index(items, item));
		assert_string_equal(joined->str, rows[i].joined);
		g_string_free(joined, TRUE);
		g_ptr_array_unref(items);
	}
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *address;
		bool good;
	} rows[] = {
	    {"a@b.test", true},
	    {"A.B+c_d@sub.Example.TEST", true},
	    {"user@localhost", true},
	    {"gr\xc3\xbc\xc3\x9f"
	     "e@b\xc3\xbc"
	     "cher.example",
		true},
	    {"", false},
	    {"a", false},
	    {"@b.test", false},
	    {"a@", false},
	    {"a@b..test", false},
	    {"a@-b.test", false},
	    {"a@b.test.", false},
	    {".a@b.test", false},
	    {"a.@b.test", false},
	    {"a..b@c.test", false},
	    {"a b@c.test", false},
	    {"a@b.test\n", false},
	    {"a@b.test>", false},
	    {"<a@b.test>", false},
	    {"a@b@c.test", false},
	    {"\xff@b.test", false},
	    {"0123456789012345678901234567890123456789012345678901234567890123@b.test", true},
	    {"01234567890123456789012345678901234567890123456789012345678901234@b.test", false},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (email_address_check(rows[i].address, &error) != rows[i].good)
			fail_msg("%s: %s", rows[i].address, rows[i].good ? error.text : "taken");
}

static void
test_xml_text(void **state)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
	    {"", ""},
	    {"a\tb\nc\r\xc3\xa4\xf0\x9f\x98\x80", "a\tb\nc\r\xc3\xa4\xf0\x9f\x98\x80"},
	    {"a\x01"
	     "b\x1f",
		"a\\x01b\\x1F"},
	    {"\xff\xc3", "\\xFF\\xC3"},
	    {"\xef\xbf\xbe", "\\xEF\\xBF\\xBE"},
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	    {"\xc0\x80", "\\xC0\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *clean = xml_text_clean(rows[i].text);

		assert_string_equal(clean, rows[i].clean);
		assert_int_equal(
		    xml_text_is_clean(rows[i].text), g_str_equal(rows[i].text, rows[i].clean));
		g_free(clean);
	}
}

/* As gSOAP writes a string. */
static void
test_xml_text_in_an_element(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
	    {"", ""},
	    {"a\tb\nc\rd", "a\tb\nc&#xD;d"},
	    {"<a b=\"c\" d='e'>&amp;]]></a>", "&lt;a b=\"c\" d='e'&gt;&amp;amp;]]&gt;&lt;/a&gt;"},
	    {"~\x7f\x80", "~&#x7F;\\x80"},
	    {"\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd", "\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd"},
	    {"\x01\x1f\xff\xc3", "\\x01\\x1F\\xFF\\xC3"},
	    {"\xef\xbf\xbe\xed\xa0\x80", "\\xEF\\xBF\\xBE\\xED\\xA0\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *out = g_string_new("before ");

		xml_text_append(out, rows[i].text);
		assert_string_equal(out->str + strlen("before "), rows[i].written);
		g_string_free(out, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_xml_text),
	    cmocka_unit_test(test_xml_text_in_an_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
