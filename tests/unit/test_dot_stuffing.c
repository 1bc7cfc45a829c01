/* Content as DATA carries it (deliver/dot_stuffing.h): each row in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/dot_stuffing.h"

static const struct {
	const char *head, *body, *wire;
} rows[] = {
    {"", "", ".\r\n"},
    {"A: b\r\n", "\r\ntext\r\n", "A: b\r\n\r\ntext\r\n.\r\n"},
    {"A: b\r\n", "\r\nno end", "A: b\r\n\r\nno end\r\n.\r\n"},
    {"A: b\r\n", "\r\nbare\n", "A: b\r\n\r\nbare\n\r\n.\r\n"},
    {"A: b\r\n", "\r\nhalf\r", "A: b\r\n\r\nhalf\r\r\n.\r\n"},
    {"A: b\r\n", "\r\n.\r\n", "A: b\r\n\r\n..\r\n.\r\n"},
    {"A: b\r\n", "\r\n..\r\n.x\r\n", "A: b\r\n\r\n...\r\n..x\r\n.\r\n"},
    {".A: b\r\n", "\r\na.b.\r\n", "..A: b\r\n\r\na.b.\r\n.\r\n"},
    {"A: b\r\n", ".first of the body\r\n", "A: b\r\n..first of the body\r\n.\r\n"},
    {"A: b", ".in a line\r\n", "A: b.in a line\r\n.\r\n"},
    {"A: b\r\n", "\r\nx\n.\n.\r\n", "A: b\r\n\r\nx\n..\n..\r\n.\r\n"},
    {"A: b\r\n", "\r\nx\r.\r\n", "A: b\r\n\r\nx\r.\r\n.\r\n"},
    {"A: b\r\n", "\r\n.", "A: b\r\n\r\n..\r\n.\r\n"},
    {"", ".\r\n.\r\n.", "..\r\n..\r\n..\r\n.\r\n"},
    {"", "\n", "\n\r\n.\r\n"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *head = g_string_new(rows[i].head), *body = g_string_new(rows[i].body);

		for (size_t piece = 1; piece < 40; piece++) {
			GString *out = g_string_new(NULL);
			struct dot_stuffing stuffing;
			size_t before;

			dot_stuffing_start(&stuffing, head, body);
			do
				before = out->len;
			while (!dot_stuffing_write(&stuffing, out, piece) && out->len > before);
			assert_string_equal(out->str, rows[i].wire);
			g_string_free(out, TRUE);
		}
		g_string_free(head, TRUE);
		g_string_free(body, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
