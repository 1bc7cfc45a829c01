/* How deep the parts of a message lie within each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/relay/message/mime_depth.h"

#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=" boundary "\r\n"
#define MESSAGE "Content-Type: message/rfc822\r\n"
#define TEXT "Content-Type: text/plain\r\n"
#define PART(boundary) "\r\n--" boundary "\r\n"
#define END(boundary) "\r\n--" boundary "--\r\n"

enum { DEEP = 200 };

struct row {
	const char *head;
	const char *body;
	unsigned depth;
};

static const struct row rows[] = {
    {"Subject: x\r\n", "\r\nHello\r\n--a\r\n" MIXED("a"), 0},
    {"", "", 0},
    {TEXT, "\r\nx\r\n", 0},
    {MIXED("a"), "", 1},
    {MIXED("a"), PART("a") TEXT "\r\nx" PART("a") "\r\ny" END("a"), 1},
    {"content-type:\r\n Multipart/Related; type=x;\r\n\tboundary=\"a b'()+_,-./:=?\"\r\n",
	PART("a b'()+_,-./:=?") MIXED("c") PART("c") "\r\nx" END("c"), 2},
    {MIXED("\"a\""), PART("a  \t") MIXED("b") "\r\n", 2},
    /* side by side is not within */
    {MIXED("a"),
	PART("a") MIXED("b") PART("b") "\r\nx" END("b") PART("a") MIXED("c")
	    PART("c") "\r\ny" END("c") END("a"),
	2},
    {MIXED("a"), PART("a") MIXED("b") PART("a") MIXED("c") PART("a") MIXED("d"), 2},
    {MIXED("a"), PART("a") MIXED("b") END("b") MIXED("c") END("a") PART("a") MIXED("d"), 2},
    {MIXED("a"), PART("a") MIXED("b") END("a") PART("b") MIXED("c"), 2},
    /* what is behind the end, or has no boundary of ours, is text */
    {MIXED("a"), END("a") PART("a") MIXED("b"), 1},
    {MIXED("a"), PART("b") MIXED("b") "\r\n--ab\r\n" MIXED("c") "\r\n-a\r\n" MIXED("d"), 1},
    {"Content-Type: multipart/mixed\r\n", PART("") MIXED("a"), 0},
    {"Content-Type: multipart/mixed; boundary=\"\"\r\n", PART("") MIXED("a"), 0},
    /* the first field counts; a delimiter in the place of the empty line */
    {TEXT MIXED("a"), PART("a") MIXED("b"), 0},
    {MIXED("a"), "\r\n--a\r\n--a\r\n" MIXED("b") "\r\n", 2},
    {MIXED("a"), "\r\n--a\r\n" MIXED("b") "--a--\r\n", 1},
    /* a boundary that another begins with */
    {MIXED("a"), PART("a") MIXED("a--") PART("a--") MIXED("c"), 3},
    {MIXED("a"), PART("a") MIXED("a") PART("a") MIXED("a") PART("a"), 3},
    /* messages */
    {MESSAGE, "\r\nSubject: x\r\n\r\ny", 1},
    {MESSAGE, "\r\n" MESSAGE "\r\n" MESSAGE "\r\nSubject: x\r\n", 3},
    {"Content-Type: message/global\r\n", "\r\n" MIXED("a") PART("a") "\r\n", 2},
    {"Content-Type: message/delivery-status\r\n", "\r\n" MIXED("a"), 0},
    {MIXED("a"), PART("a") MESSAGE "\r\n" MIXED("b") PART("b") "\r\nx" PART("a") MESSAGE "\r\n", 3},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *head = g_string_new(rows[i].head);
		GString *body = g_string_new(rows[i].body);

		if (mime_depth_exceeds(head, body, rows[i].depth) ||
		    (rows[i].depth > 0 && !mime_depth_exceeds(head, body, rows[i].depth - 1)))
			fail_msg("row %zu is not %u deep", i, rows[i].depth);
		g_string_free(head, TRUE);
		g_string_free(body, TRUE);
	}
}

static void
test_deep(void **state)
{
	GString *head = g_string_new(MIXED("b0"));
	GString *body = g_string_new(NULL);

	(void)state;
	for (unsigned i = 1; i < DEEP; i++)
		g_string_append_printf(body, PART("b%u") MIXED("b%u"), i - 1, i);
	assert_true(mime_depth_exceeds(head, body, DEEP - 1));
	assert_false(mime_depth_exceeds(head, body, DEEP));
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
}

static void
test_head_lines(void **state)
{
	static const struct {
		const char *head, *body;
		unsigned lines;
	} lines[] = {
	    {TEXT, "\r\nx\r\ny: z\r\n", 1},
	    {"Subject: x\r\n y\r\n" TEXT, "\r\n", 3},
	    {MIXED("a"), PART("a") "\r\nx" PART("a") "\r\ny\r\nz" END("a"), 3},
	    {MIXED("a"), PART("a") TEXT "X: y\r\n\r\nX: z\r\n" END("a"), 4},
	    {MIXED("a"), "\r\n--a\r\n--a\r\n--a\r\n", 3},
	    {MESSAGE, "\r\n" MESSAGE "\r\nSubject: x\r\n\r\ny", 5},
	    {MIXED("a"), PART("a") MIXED("b") PART("b") "\r\nx" END("b") PART("a") "\r\n", 5},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		GString *head = g_string_new(lines[i].head);
		GString *body = g_string_new(lines[i].body);

		if (mime_head_lines_exceed(head, body, lines[i].lines) ||
		    !mime_head_lines_exceed(head, body, lines[i].lines - 1))
			fail_msg("row %zu has not %u lines", i, lines[i].lines);
		g_string_free(head, TRUE);
		g_string_free(body, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_deep),
	    cmocka_unit_test(test_head_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
