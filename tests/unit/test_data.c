/* The DATA reader: each input cut at every boundary, and in single bytes, gives the one result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/relay/receive/data.h"

enum { MESSAGE_MAX = 1 << 20 };

struct data_row {
	const char *input;
	const char *head;
	const char *body;
	const char *rest; /* what follows the end; NULL: no end was seen */
	enum data_fault fault;
};

static const struct data_row rows[] = {
    /* header and body */
    {"Subject: x\r\n\r\nbody\r\n.\r\n", "Subject: x\r\n", "\r\nbody\r\n", "", DATA_FINE},
    {"A: 1\r\nB: 2\r\n f\r\n\r\n\r\nb\r\n.\r\n", "A: 1\r\nB: 2\r\n f\r\n", "\r\n\r\nb\r\n", "",
	DATA_FINE},
    {"A: 1\r\n.\r\n", "A: 1\r\n", "", "", DATA_FINE},
    {"A: 1\r\n\r\n.\r\n", "A: 1\r\n", "\r\n", "", DATA_FINE},
    {"\r\nbody\r\n.\r\n", "", "\r\nbody\r\n", "", DATA_FINE},
    {".\r\n", "", "", "", DATA_FINE},
    {"\r\n.\r\n", "", "\r\n", "", DATA_FINE},
    {" \r\nA: 1\r\n.\r\n", " \r\nA: 1\r\n", "", "", DATA_FINE},
    /* dots */
    {"A: 1\r\n\r\n..\r\n.\r\n", "A: 1\r\n", "\r\n.\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\n...x\r\n.\r\n", "A: 1\r\n", "\r\n..x\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\n.x\r\n.\r\n", "A: 1\r\n", "\r\nx\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nx.\r\n.\r\n", "A: 1\r\n", "\r\nx.\r\n", "", DATA_FINE},
    {"..A: 1\r\n\r\n.\r\n", ".A: 1\r\n", "\r\n", "", DATA_FINE},
    {"A: 1\r\n..\r\n\r\n.\r\n", "A: 1\r\n.\r\n", "\r\n", "", DATA_FINE},
    /* what follows is the next command's */
    {"A: 1\r\n.\r\nQUIT\r\n", "A: 1\r\n", "", "QUIT\r\n", DATA_FINE},
    {"A: 1\r\n.\r\n.\r\n", "A: 1\r\n", "", ".\r\n", DATA_FINE},
    {"A: 1\r\n\r\nb\r\n.\r\n\n", "A: 1\r\n", "\r\nb\r\n", "\n", DATA_FINE},
    /* not yet the end */
    {"A: 1\r\n\r\nb", "A: 1\r\n", "\r\nb", NULL, DATA_FINE},
    {"A: 1\r\n\r\nb\r\n", "A: 1\r\n", "\r\nb\r\n", NULL, DATA_FINE},
    {"A: 1\r\n\r\nb\r\n.", "A: 1\r\n", "\r\nb\r\n", NULL, DATA_FINE},
    {"A: 1\r\n\r\nb\r\n.\r", "A: 1\r\n", "\r\nb\r\n", NULL, DATA_FINE},
    {"A: 1\r\n\r", "A: 1\r\n", "", NULL, DATA_FINE},
    {"", "", "", NULL, DATA_FINE},
    /* smuggling: nothing but CR LF . CR LF ends the data */
    {"A: 1\r\n\r\nb\n.\n", "", "", NULL, DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\n.\r\nMAIL FROM:<>\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r\n.\nMAIL FROM:<>\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r\n.\rMAIL FROM:<>\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r.\r\nMAIL FROM:<>\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r.\rMAIL FROM:<>\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\n\n.\n\n\r\n.\r\nx", "", "", "x", DATA_BARE_NEWLINE},
    {"A: 1\n\nb\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"\rA: 1\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"\r\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {"\n.\r\n\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {".\r.\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
    {".\n.\r\n\r\n.\r\n", "", "", "", DATA_BARE_NEWLINE},
};

struct outcome {
	struct message *message;
	struct data_reader reader;
	size_t taken;
};

static void
outcome_begin(struct outcome *outcome, size_t message_max)
{
	outcome->message = message_create();
	outcome->taken = 0;
	data_begin(&outcome->reader, outcome->message, message_max);
}

static void
outcome_feed(struct outcome *outcome, const char *bytes, size_t length)
{
	if (!data_ended(&outcome->reader))
		outcome->taken += data_feed(&outcome->reader, bytes, length);
}

static void
outcome_check(const struct outcome *outcome, const struct data_row *row)
{
	assert_string_equal(outcome->message->head->str, row->head);
	assert_string_equal(outcome->message->body->str, row->body);
	assert_int_equal(outcome->reader.fault, row->fault);
	assert_int_equal(data_ended(&outcome->reader), row->rest != NULL);
	assert_string_equal(row->input + outcome->taken, row->rest != NULL ? row->rest : "");
}

static void
test_rows_at_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = strlen(rows[i].input);

		for (size_t cut = 0; cut <= length; cut++) {
			struct outcome outcome;

			outcome_begin(&outcome, MESSAGE_MAX);
			outcome_feed(&outcome, rows[i].input, cut);
			outcome_feed(&outcome, rows[i].input + cut, length - cut);
			outcome_check(&outcome, &rows[i]);
			message_unref(outcome.message);
		}
	}
}

static void
test_rows_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome outcome;

		outcome_begin(&outcome, MESSAGE_MAX);
		for (size_t at = 0; at < strlen(rows[i].input); at++)
			outcome_feed(&outcome, rows[i].input + at, 1);
		outcome_check(&outcome, &rows[i]);
		message_unref(outcome.message);
	}
}

/* NUL and 8-bit bytes, and lines of any length, are content. */
static void
test_any_byte(void **state)
{
	static const char input[] = "A: \0\xff\r\n\r\n\0\x80\x1b\r\n.\r\n";
	struct outcome outcome;

	(void)state;
	outcome_begin(&outcome, MESSAGE_MAX);
	outcome_feed(&outcome, input, sizeof(input) - 1);
	assert_true(data_ended(&outcome.reader));
	assert_int_equal(outcome.reader.fault, DATA_FINE);
	assert_int_equal(outcome.message->head->len, 7);
	assert_memory_equal(outcome.message->head->str, "A: \0\xff\r\n", 7);
	assert_int_equal(outcome.message->body->len, 7);
	assert_memory_equal(outcome.message->body->str, "\r\n\0\x80\x1b\r\n", 7);
	message_unref(outcome.message);
}

/* Sends `fields` header lines and `lines` body lines of 100 bytes, then the end. */
static void
feed_lines(struct outcome *outcome, unsigned fields, unsigned lines)
{
	char line[101] = "X: ";

	memset(line + 3, 'x', 95);
	memcpy(line + 98, "\r\n", 3);
	for (unsigned i = 0; i < fields; i++)
		outcome_feed(outcome, line, 100);
	outcome_feed(outcome, "\r\n", 2);
	for (unsigned i = 0; i < lines; i++)
		outcome_feed(outcome, line, 100);
	outcome_feed(outcome, ".\r\n", 3);
}

struct limit_row {
	size_t message_max;
	unsigned fields;
	unsigned lines;
	enum data_fault fault;
};

static const struct limit_row limit_rows[] = {
    {1002, 1, 9, DATA_FINE},
    {1001, 1, 9, DATA_TOO_LARGE},
    {100, 2, 0, DATA_TOO_LARGE},
    {MESSAGE_MAX, DATA_HEAD_MAX / 100, 1, DATA_FINE},
    {MESSAGE_MAX, DATA_HEAD_MAX / 100 + 1, 1, DATA_HEAD_TOO_LARGE},
    {MESSAGE_MAX, DATA_HEAD_MAX / 100 + 1, MESSAGE_MAX / 100, DATA_HEAD_TOO_LARGE},
    {MESSAGE_MAX, 1, MESSAGE_MAX / 100, DATA_TOO_LARGE},
};

static void
test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
		struct memory_budget budget = {.limit = SIZE_MAX};
		struct outcome outcome;

		outcome_begin(&outcome, limit_rows[i].message_max);
		outcome.message->budget = &budget;
		feed_lines(&outcome, limit_rows[i].fields, limit_rows[i].lines);
		assert_true(data_ended(&outcome.reader));
		assert_int_equal(outcome.reader.fault, limit_rows[i].fault);
		assert_int_equal(
		    outcome.reader.size, (limit_rows[i].fields + limit_rows[i].lines) * 100 + 2);
		assert_int_equal(budget.used, message_size(outcome.message));
		assert_true(limit_rows[i].fault == DATA_FINE || budget.used == 0);
		message_unref(outcome.message);
		assert_int_equal(budget.used, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_at_every_cut),
	    cmocka_unit_test(test_rows_byte_by_byte),
	    cmocka_unit_test(test_any_byte),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
