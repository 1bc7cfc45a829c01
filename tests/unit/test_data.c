/* The DATA reader: each input cut at every boundary, and in single bytes, gives the one result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/relay/receive/data.h"

enum { MESSAGE_MAX = 1 << 20, HEAD_MAX = 256 << 10, LINE_BYTES_MAX = 200 };

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

static const struct data_row normalized[] = {
    {"A: 1\nB: 2\n\nb\n\r\n.\r\n", "A: 1\r\nB: 2\r\n", "\r\nb\r\n\r\n", "", DATA_FINE},
    {"A: 1\n\nb\r\n.\r\nQUIT\r\n", "A: 1\r\n", "\r\nb\r\n", "QUIT\r\n", DATA_FINE},
    {"A: 1\n\n..x\n.y\n\r\n.\r\n", "A: 1\r\n", "\r\n.x\r\ny\r\n\r\n", "", DATA_FINE},
    {"\nb\r\n.\r\n", "", "\r\nb\r\n", "", DATA_FINE},
    /* a CR alone */
    {"A: 1\r2\r\n\r\nb\rc\r\r\n.\r\n", "A: 1 2\r\n", "\r\nb c \r\n", "", DATA_FINE},
    {"\rA: 1\r\n\r\r\n.\r\n", " A: 1\r\n \r\n", "", "", DATA_FINE},
    /* the published ways to smuggle: none of them ends the data, and each dot stays a line of the message */
    {"A: 1\r\n\r\nb\n.\nMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb\r\n.\r\nMAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\n.\r\nMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb\r\n.\r\nMAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\r\n.\nMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb\r\n.\r\nMAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\r\n.\rMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb\r\n MAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\r.\r\nMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb .\r\nMAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\r.\rMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb . MAIL\r\n", "", DATA_FINE},
    {"A: 1\r\n\r\nb\r\r\n.\r\nMAIL\r\n.\r\n", "A: 1\r\n", "\r\nb \r\n", "MAIL\r\n.\r\n", DATA_FINE},
    {"A: 1\r\n\r\nb\n\n.\n\n\r\n.\r\nx", "A: 1\r\n", "\r\nb\r\n\r\n.\r\n\r\n\r\n", "x", DATA_FINE},
    {"A: 1\r\n\r\nb\n\r\n.\r\nx", "A: 1\r\n", "\r\nb\r\n\r\n", "x", DATA_FINE},
    /* a dot alone at the very start, in the header, twice */
    {".\n.\r\n\r\n.\r\n", ".\r\n.\r\n", "\r\n", "", DATA_FINE},
    {"A: 1\n.\r\n.\r\n", "A: 1\r\n.\r\n", "", "", DATA_FINE},
    {"\n.\r\r\n.\r\n", "", "\r\n \r\n", "", DATA_FINE},
    /* not yet the end */
    {"A: 1\n\nb\n.", "A: 1\r\n", "\r\nb\r\n", NULL, DATA_FINE},
    {"A: 1\n\nb\n.\r", "A: 1\r\n", "\r\nb\r\n", NULL, DATA_FINE},
};

struct outcome {
	struct message *message;
	struct data_reader reader;
	size_t taken;
};

static void
outcome_begin(struct outcome *outcome, size_t message_max, enum data_newlines newlines)
{
	const struct data_rules rules = {.message_max = message_max,
	    .head_max = HEAD_MAX,
	    .line_max = LINE_BYTES_MAX,
	    .newlines = newlines};

	outcome->message = message_create();
	outcome->taken = 0;
	data_begin(&outcome->reader, outcome->message, &rules);
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
check_row_at_every_cut(const struct data_row *row, enum data_newlines newlines)
{
	size_t length = strlen(row->input);

	for (size_t cut = 0; cut <= length; cut++) {
		struct outcome outcome;

		outcome_begin(&outcome, MESSAGE_MAX, newlines);
		outcome_feed(&outcome, row->input, cut);
		outcome_feed(&outcome, row->input + cut, length - cut);
		outcome_check(&outcome, row);
		message_unref(outcome.message);
	}
}

static void
check_row_byte_by_byte(const struct data_row *row, enum data_newlines newlines)
{
	struct outcome outcome;

	outcome_begin(&outcome, MESSAGE_MAX, newlines);
	for (size_t at = 0; at < strlen(row->input); at++)
		outcome_feed(&outcome, row->input + at, 1);
	outcome_check(&outcome, row);
	message_unref(outcome.message);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row_at_every_cut(&rows[i], DATA_NEWLINES_REJECT);
		check_row_byte_by_byte(&rows[i], DATA_NEWLINES_REJECT);
	}
}

/* What holds no bare newline is read as ever; what does has rows of its own. */
static void
test_normalizing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].fault == DATA_BARE_NEWLINE)
			continue;
		check_row_byte_by_byte(&rows[i], DATA_NEWLINES_NORMALIZE);
		/* a CR that may yet become a line's end is kept with its LF */
		if (rows[i].rest != NULL)
			check_row_at_every_cut(&rows[i], DATA_NEWLINES_NORMALIZE);
	}
	for (size_t i = 0; i < sizeof(normalized) / sizeof(normalized[0]); i++) {
		check_row_at_every_cut(&normalized[i], DATA_NEWLINES_NORMALIZE);
		check_row_byte_by_byte(&normalized[i], DATA_NEWLINES_NORMALIZE);
	}
}

struct chunk_row {
	const char *input; /* all chunks together */
	const char *head;
	const char *body;
	enum data_newlines newlines;
	enum data_fault fault;
};

static const struct chunk_row chunk_rows[] = {
    {"A: 1\r\n\r\nb\r\n", "A: 1\r\n", "\r\nb\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {"", "", "", DATA_NEWLINES_REJECT, DATA_FINE},
    /* dots are content */
    {".\r\n", ".\r\n", "", DATA_NEWLINES_REJECT, DATA_FINE},
    {"A: 1\r\n\r\n.\r\n..x\r\n", "A: 1\r\n", "\r\n.\r\n..x\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {"A: 1\n\n.\n.x\n", "A: 1\r\n", "\r\n.\r\n.x\r\n", DATA_NEWLINES_NORMALIZE, DATA_FINE},
    /* the last line has no end */
    {"A: 1", "A: 1\r\n", "", DATA_NEWLINES_REJECT, DATA_FINE},
    {"A: 1\r\n\r\nb", "A: 1\r\n", "\r\nb\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {"A: 1\n\n.", "A: 1\r\n", "\r\n.\r\n", DATA_NEWLINES_NORMALIZE, DATA_FINE},
    /* or half of one */
    {"A: 1\r", "", "", DATA_NEWLINES_REJECT, DATA_BARE_NEWLINE},
    {"A: 1\r\n\r", "", "", DATA_NEWLINES_REJECT, DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\r", "", "", DATA_NEWLINES_REJECT, DATA_BARE_NEWLINE},
    {"A: 1\r\n\r\nb\n", "", "", DATA_NEWLINES_REJECT, DATA_BARE_NEWLINE},
    {"A: 1\r", "A: 1 \r\n", "", DATA_NEWLINES_NORMALIZE, DATA_FINE},
    {"A: 1\r\n\r", "A: 1\r\n \r\n", "", DATA_NEWLINES_NORMALIZE, DATA_FINE},
};

static void
test_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(chunk_rows); i++) {
		const struct chunk_row *row = &chunk_rows[i];
		size_t length = strlen(row->input);

		for (size_t cut = 0; cut <= length; cut++) {
			struct memory_budget budget = {.limit = SIZE_MAX};
			struct outcome outcome;

			outcome_begin(&outcome, MESSAGE_MAX, row->newlines);
			outcome.reader.rules.framing = DATA_FRAMING_CHUNKS;
			outcome.message->budget = &budget;
			outcome_feed(&outcome, row->input, cut);
			outcome_feed(&outcome, row->input + cut, length - cut);
			assert_int_equal(outcome.taken, length);
			assert_false(data_ended(&outcome.reader));
			data_finish(&outcome.reader);
			assert_true(data_ended(&outcome.reader));
			assert_int_equal(outcome.reader.fault, row->fault);
			assert_string_equal(outcome.message->head->str, row->head);
			assert_string_equal(outcome.message->body->str, row->body);
			assert_int_equal(budget.used, message_size(outcome.message));
			message_unref(outcome.message);
		}
	}
}

/* NUL and 8-bit bytes, and lines of any length, are content. */
static void
test_any_byte(void **state)
{
	static const char input[] = "A: \0\xff\r\n\r\n\0\x80\x1b\r\n.\r\n";
	struct outcome outcome;

	(void)state;
	outcome_begin(&outcome, MESSAGE_MAX, DATA_NEWLINES_REJECT);
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
    {MESSAGE_MAX, HEAD_MAX / 100, 1, DATA_FINE},
    {MESSAGE_MAX, HEAD_MAX / 100 + 1, 1, DATA_HEAD_TOO_LARGE},
    {MESSAGE_MAX, HEAD_MAX / 100 + 1, MESSAGE_MAX / 100, DATA_HEAD_TOO_LARGE},
    {MESSAGE_MAX, 1, MESSAGE_MAX / 100, DATA_TOO_LARGE},
};

static void
test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
		struct memory_budget budget = {.limit = SIZE_MAX};
		struct outcome outcome;

		outcome_begin(&outcome, limit_rows[i].message_max, DATA_NEWLINES_REJECT);
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

struct line_row {
	size_t length;
	const char *start; /* before so many letters */
	const char *end;   /* behind them */
	enum data_newlines newlines;
	enum data_fault fault;
};

static const struct line_row line_rows[] = {
    {LINE_BYTES_MAX, "", "\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {LINE_BYTES_MAX + 1, "", "\r\n", DATA_NEWLINES_REJECT, DATA_LINE_TOO_LONG},
    {LINE_BYTES_MAX + 1, "A: 1\r\n\r\n", "\r\n", DATA_NEWLINES_REJECT, DATA_LINE_TOO_LONG},
    {LINE_BYTES_MAX, "\r\n", "\r\nx\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {LINE_BYTES_MAX, "\r\n.", "\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {LINE_BYTES_MAX - 1, "\r\n..", "\r\n", DATA_NEWLINES_REJECT, DATA_FINE},
    {LINE_BYTES_MAX, "\r\n..", "\r\n", DATA_NEWLINES_REJECT, DATA_LINE_TOO_LONG},
    {LINE_BYTES_MAX + 1, "\r\n", "\nx\r\n", DATA_NEWLINES_REJECT, DATA_BARE_NEWLINE},
    {LINE_BYTES_MAX, "\n", "\nx\r\n", DATA_NEWLINES_NORMALIZE, DATA_FINE},
    {LINE_BYTES_MAX + 1, "\n", "\nx\r\n", DATA_NEWLINES_NORMALIZE, DATA_LINE_TOO_LONG},
    {LINE_BYTES_MAX, "\n\r", "\nx\r\n", DATA_NEWLINES_NORMALIZE, DATA_LINE_TOO_LONG},
};

static void
test_line_length(void **state)
{
	static const size_t pieces[] = {1, 3, 1000};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(line_rows) * G_N_ELEMENTS(pieces); i++) {
		const struct line_row *row = &line_rows[i % G_N_ELEMENTS(line_rows)];
		size_t piece = pieces[i / G_N_ELEMENTS(line_rows)];
		char *letters = g_strnfill(row->length, 'x');
		char *input = g_strconcat(row->start, letters, row->end, ".\r\n", NULL);
		size_t length = strlen(input);
		struct outcome outcome;

		outcome_begin(&outcome, MESSAGE_MAX, row->newlines);
		for (size_t at = 0; at < length; at += piece)
			outcome_feed(&outcome, input + at, MIN(piece, length - at));
		assert_true(data_ended(&outcome.reader));
		assert_int_equal(outcome.reader.fault, row->fault);
		assert_int_equal(message_size(outcome.message) > 0, row->fault == DATA_FINE);
		message_unref(outcome.message);
		g_free(input);
		g_free(letters);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_normalizing),
	    cmocka_unit_test(test_chunks),
	    cmocka_unit_test(test_line_length),
	    cmocka_unit_test(test_any_byte),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
