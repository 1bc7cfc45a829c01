/* The reader of SMTP replies (deliver/reply.h): each row once whole, once byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/deliver/reply.h"

struct reply_row {
	const char *input;
	enum reply_progress progress; /* at the end of the input */
	unsigned code, lines;
	const char *enhanced, *text;
};

static const struct reply_row reply_rows[] = {
    {"250 Ok\r\n", REPLY_COMPLETE, 250, 1, "", "Ok"},
    {"250 2.0.0 Ok\r\n", REPLY_COMPLETE, 250, 1, "2.0.0", "2.0.0 Ok"},
    {"250\r\n", REPLY_COMPLETE, 250, 1, "", ""},
    {"250 \r\n", REPLY_COMPLETE, 250, 1, "", ""},
    {"250 bare feed\n", REPLY_COMPLETE, 250, 1, "", "bare feed"},
    {"250-one\r\n250-two\r\n250 three\r\n", REPLY_COMPLETE, 250, 3, "", "three"},
    {"550-5.1.1 no\r\n550 5.7.1 such user\r\n", REPLY_COMPLETE, 550, 2, "5.1.1", "5.7.1 such user"},
    {"550 4.1.1 of another class\r\n", REPLY_COMPLETE, 550, 1, "", "4.1.1 of another class"},
    {"451 4.123.456\r\n", REPLY_COMPLETE, 451, 1, "4.123.456", "4.123.456"},
    {"451 4.1234.5 x\r\n", REPLY_COMPLETE, 451, 1, "", "4.1234.5 x"},
    {"451 4.1. x\r\n", REPLY_COMPLETE, 451, 1, "", "4.1. x"},
    {"451 4.1.1x\r\n", REPLY_COMPLETE, 451, 1, "", "4.1.1x"},
    {"354 go\r\n", REPLY_COMPLETE, 354, 1, "", "go"},
    {"599 x\r\n", REPLY_COMPLETE, 599, 1, "", "x"},
    {"250-one\r\n", REPLY_LINE, 250, 1, "", "one"},
    {"250-one\r\n25", REPLY_NEEDS_MORE, 250, 1, "", NULL},
    {"", REPLY_NEEDS_MORE, 0, 0, "", NULL},
    {"\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"25\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"150 x\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"650 x\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"2x0 x\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"250x\r\n", REPLY_MALFORMED, 250, 1, "", NULL},
    {"SSH-2.0-OpenSSH_9.2\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
    {"\xff\xfe\x01\r\n", REPLY_MALFORMED, 0, 1, "", NULL},
};

static enum reply_progress
feed(struct reply *reply, const char *input, size_t length, size_t step)
{
	enum reply_progress progress = REPLY_NEEDS_MORE;
	const char *end = input + length;

	while (input < end && (progress == REPLY_NEEDS_MORE || progress == REPLY_LINE))
		progress = reply_read(reply, &input, MIN(input + step, end));
	return progress;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(reply_rows); i++) {
		const struct reply_row *row = &reply_rows[i / 2];
		size_t length = strlen(row->input), text_length;
		struct reply reply;
		const char *text;

		reply_start(&reply);
		assert_int_equal(feed(&reply, row->input, length, i % 2 == 0 ? MAX(length, 1) : 1),
		    row->progress);
		assert_int_equal(reply.code, row->code);
		assert_int_equal(reply.lines, row->lines);
		assert_string_equal(reply.enhanced, row->enhanced);
		if (row->text == NULL)
			continue;
		text = reply_text(&reply, &text_length);
		assert_int_equal(text_length, strlen(row->text));
		assert_memory_equal(text, row->text, text_length);
	}
}

static void
test_two_replies(void **state)
{
	static const char input[] = "250 one\r\n550 two\r\n";
	const char *at = input, *end = input + strlen(input);
	struct reply reply;

	(void)state;
	reply_start(&reply);
	assert_int_equal(reply_read(&reply, &at, end), REPLY_COMPLETE);
	assert_int_equal(reply.code, 250);
	assert_ptr_equal(at, input + strlen("250 one\r\n"));
	reply_start(&reply);
	assert_int_equal(reply_read(&reply, &at, end), REPLY_COMPLETE);
	assert_int_equal(reply.code, 550);
	assert_ptr_equal(at, end);
}

static void
test_long_line(void **state)
{
	GString *input = g_string_new("250 ");
	struct reply reply;

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		g_string_append_c(input, 'x');
	g_string_append(input, "\r\n");
	reply_start(&reply);
	assert_int_equal(feed(&reply, input->str, input->len, 7), REPLY_COMPLETE);
	assert_int_equal(reply.code, 250);
	assert_int_equal(reply.line_length, REPLY_LINE_KEPT);
	assert_true(reply.line_bytes >= 3004);
	g_string_free(input, TRUE);
}

static void
test_endless(void **state)
{
	GString *lines = g_string_new(NULL), *line = g_string_new("250-");
	struct reply reply;

	(void)state;
	for (unsigned i = 0; i < REPLY_LINES_MAX + 10; i++)
		g_string_append(lines, "250-x\r\n");
	for (unsigned i = 0; i < REPLY_LINE_MAX + 10; i++)
		g_string_append_c(line, 'x');
	reply_start(&reply);
	assert_int_equal(feed(&reply, lines->str, lines->len, 4096), REPLY_ENDLESS);
	assert_int_equal(reply.lines, REPLY_LINES_MAX);
	reply_start(&reply);
	assert_int_equal(feed(&reply, line->str, line->len, 4096), REPLY_ENDLESS);
	g_string_free(lines, TRUE);
	g_string_free(line, TRUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_two_replies),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
