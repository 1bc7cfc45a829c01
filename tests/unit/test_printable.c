/* What a terminal gets of text that others wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/printable.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

struct printable_row {
	const char *text;
	const char *line;
	const char *lines; /* NULL: the same */
	const char *json;  /* NULL: the same as the text */
};

static const struct printable_row printable_rows[] = {
    {"", "", NULL, NULL}, {"220 mx \"ready\" \\xFF", "220 mx \"ready\" \\xFF", NULL, NULL},
    {"Gr\u00fc\u00dfe \U0001F600 \u65e5\u672c", "Gr\u00fc\u00dfe \U0001F600 \u65e5\u672c", NULL,
	NULL},
    {"a\nb\tc", "a\\x0Ab\\x09c", "a\nb\tc", NULL},
    {"\033[2J\r\x07", "\\x1B[2J\\x0D\\x07", NULL, "\\u001b[2J\\u000d\\u0007"},
    {"\x7f", "\\x7F", NULL, "\\u007f"},
    {"\xc2\x9b"
     "2J",
	"\\xC2\\x9B2J", NULL, "\\u009b2J"}, /* CSI in one character */
    /* RIGHT-TO-LEFT OVERRIDE, and its end */
    {"a\u202eb\u202c", "a\\xE2\\x80\\xAEb\\xE2\\x80\\xAC", NULL, "a\\u202eb\\u202c"},
    {"\U000E0001", "\\xF3\\xA0\\x80\\x81", NULL, "\\udb40\\udc01"}, /* a tag, of plane 14 */
};

static void
test_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(printable_rows); i++) {
		const struct printable_row *row = &printable_rows[i];
		g_autoptr(GString) line = g_string_new("> "), lines = g_string_new("> ");
		g_autoptr(GString) json = g_string_new(NULL);

		printable_append(line, row->text, PRINTABLE_LINE);
		assert_string_equal(line->str + 2, row->line);
		printable_append(lines, row->text, PRINTABLE_LINES);
		assert_string_equal(lines->str + 2, row->lines != NULL ? row->lines : row->line);
		printable_append_json(json, row->text);
		assert_string_equal(json->str, row->json != NULL ? row->json : row->text);
	}
}

/* The document has no place for broken UTF-8. */
static void
test_broken_utf8(void **state)
{
	static const char *const rows[][2] = {
	    {"\xff", "\\xFF"},
	    {"a\xc3", "a\\xC3"},
	    {"\xc3z", "\\xC3z"},
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"}, /* a surrogate */
	    {"\xc0\x80", "\\xC0\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		printable_append(out, rows[i][0], PRINTABLE_LINES);
		assert_string_equal(out->str, rows[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_printable),
	    cmocka_unit_test(test_broken_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
