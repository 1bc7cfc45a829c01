/* Readable text from HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/message/html_text.h"

static const struct {
	const char *html;
	const char *text;
} rows[] = {
    {"", ""},
    {"   ", ""},
    {"Hello", "Hello\n"},
    {"<p>Hello</p>", "Hello\n"},
    {"<p>One</p><p>Two</p>", "One\n\nTwo\n"},
    {"<p>One\n  two\tthree</p>", "One two three\n"},
    {"One<br>Two<br/>Three", "One\nTwo\nThree\n"},
    {"One<br><br><br>Two", "One\n\nTwo\n"},
    {"<div>One</div><div>Two</div>", "One\nTwo\n"},
    {"<div><div>One</div></div><div> <div>Two</div></div>", "One\nTwo\n"},
    {"<h1>Title</h1>Text<h2>Next</h2>More", "Title\n\nText\n\nNext\n\nMore\n"},
    {"<b>bold</b><i>er</i> <u>text</u>", "bolder text\n"},
    {"a <b> b </b> c", "a b c\n"},
    /* entities and character sets */
    {"&lt;tag&gt; &amp; &quot;x&quot; &#8364; &#x20AC; &eacute;",
	"<tag> & \"x\" \xe2\x82\xac \xe2\x82\xac \xc3\xa9\n"},
    {"a&nbsp;&nbsp;b", "a b\n"},
    {"AT&T &unknown; x", "AT&T &unknown; x\n"},
    {"Gr\xc3\xbc\xc3\x9f"
     "e \xf0\x9f\x98\x80",
	"Gr\xc3\xbc\xc3\x9f"
	"e \xf0\x9f\x98\x80\n"},
    {"<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\"></head>"
     "<body>\xc3\xa9</body></html>",
	"\xc3\xa9\n"},
    {"<meta charset=utf-16><p>\xc3\xa9", "\xc3\xa9\n"},
    /* what is not shown */
    {"<html><head><title>T</title><style>p { x }</style></head><body>B</body></html>", "B\n"},
    {"a<script>if (a < b) { x('</p>'); }</script>b", "ab\n"},
    {"a<!-- comment <p> -->b", "ab\n"},
    {"<!--[if mso]><p>old</p><![endif]-->new", "new\n"},
    {"a<style>b", "a\n"},
    /* links */
    {"See <a href=\"https://x.test/?a=1&amp;b=2\">our page</a>.",
	"See our page (https://x.test/?a=1&b=2).\n"},
    {"<a href=\"https://x.test/\">https://x.test/</a>", "https://x.test/\n"},
    {"<a href=\"mailto:a@x.test\">a@x.test</a>", "a@x.test\n"},
    {"<a href=\"mailto:a@x.test\">Write</a> us", "Write (mailto:a@x.test) us\n"},
    {"<a href=\"#top\">Top</a> <a>None</a> <a href=\"javascript:x()\">Run</a>", "Top None Run\n"},
    {"<a href=\"https://x.test/\"><img src=a alt=\"Logo\"></a>", "Logo (https://x.test/)\n"},
    {"<a href=\"https://x.test/\"><img src=a></a> b", "(https://x.test/) b\n"},
    {"<a href=\"%%Url%%\">Yours</a>", "Yours (%%Url%%)\n"},
    {"<a href=\"https://x.test/1\">One</a><a href=\"https://x.test/2\">Two</a>",
	"One (https://x.test/1)Two (https://x.test/2)\n"},
    {"<a href=\"https://x.test/\"><p>Block</p></a>", "Block (https://x.test/)\n"},
    {"<p>a</p><a href=\"https://x.test/\">https://x.test/</a>", "a\n\nhttps://x.test/\n"},
    {"<img alt=\"A picture\"> and <img src=x>", "A picture and\n"},
    /* lists and tables */
    {"<ul><li>One<li>Two</ul>", "- One\n- Two\n"},
    {"a<ul><li>One</li><li>Two</li></ul>b", "a\n\n- One\n- Two\n\nb\n"},
    {"<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two\n"},
    {"<ul><li>One<ul><li>Inner</li></ul></li><li>Two</li></ul>", "- One\n  - Inner\n- Two\n"},
    {"<ol><li>One<ul><li>a</li></ul></li><li>Two</li></ol>", "1. One\n  - a\n2. Two\n"},
    {"<li>Alone", "- Alone\n"},
    {"<ul><li></li><li>b</li></ul>", "- b\n"},
    {"<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><td>d</td></tr></table>", "a b\nc d\n"},
    {"<dl><dt>Term</dt><dd>Meaning</dd></dl>", "Term\nMeaning\n"},
    {"a<hr>b", "a\n\n----------\n\nb\n"},
    {"<blockquote>q</blockquote>a", "q\n\na\n"},
    /* preformatted */
    {"<pre>\na  b\n   c\n</pre>d", "a  b\n   c\n\nd\n"},
    {"<a href=u>  <pre>   </pre></a>b", "(u)b\n"},
    {"a<a href=u><pre> \n \n</pre></a>b", "a\n\n(u)b\n"},
    {"<pre>a\r\nb</pre>", "a\nb\n"},
    /* broken */
    {"<p>One<p>Two", "One\n\nTwo\n"},
    {"</p></div>a</b>", "a\n"},
    {"a < b and c > d", "a < b and c > d\n"},
    {"<", "<\n"},
    {"<p", ""},
    {"<a href=\"x", ""},
    {"</ul></ol></li></a></pre></script>a", "a\n"},
    {"%%FirstName%%, <b>hi</b>", "%%FirstName%%, hi\n"},
};

static void
test_rows(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = html_text_create(rows[i].html);

		if (strcmp(text, rows[i].text) != 0) {
			print_error("[%s]: [%s], not [%s]\n", rows[i].html, text, rows[i].text);
			failed++;
		}
		g_free(text);
	}
	assert_int_equal(failed, 0);
}

/* Deep nesting neither ends the text nor swells it, up to the limit. */
static void
test_deep(void **state)
{
	static const struct {
		const char *open;
		int count;
		bool is_read;
	} deep[] = {
	    {"<div>", 900, true},
	    {"<ul><li>x", 450, true},
	    {"<b>", 900, true},
	    {"<p><i>", 900, true},
	    {"<div>", 1001, false},
	    {"<b></i>", 50000, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(deep); i++) {
		GString *html = g_string_new("start ");
		char *text;

		for (int n = 0; n < deep[i].count; n++)
			g_string_append(html, deep[i].open);
		g_string_append(html, "end");
		text = html_text_create(html->str);
		assert_true(g_str_has_prefix(text, "start"));
		assert_int_equal(strstr(text, "end\n") != NULL, deep[i].is_read);
		assert_in_range(strlen(text), 1, 4 * html->len);
		g_free(text);
		g_string_free(html, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests_name("html_text", tests, NULL, NULL);
}
