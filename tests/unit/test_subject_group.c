/* The Subject rule: tests/data/subjects.tsv row by row, and what is too large for a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/message/header_text.h"
#include "services/relay/message/subject_group.h"

#define ROWS "tests/data/subjects.tsv"

enum column { TITLE, INPUT, SUBJECT, GROUP, FIELD, NOTE, COLUMNS };
enum { ROWS_LEAST = 80 };

/* Undoes the escapes of the file's head. NULL for \N. */
static GString *
unescape(const char *text)
{
	GString *out;

	if (strcmp(text, "\\N") == 0)
		return NULL;
	out = g_string_new(NULL);
	for (const char *at = text; *at != '\0'; at++) {
		static const char names[] = "tnr\\";
		static const char values[] = "\t\n\r\\";

		if (*at != '\\') {
			g_string_append_c(out, *at);
			continue;
		}
		at++;
		if (*at == 'x') {
			g_string_append_c(out,
			    (char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])));
			at += 2;
		} else {
			g_string_append_c(out, values[strchr(names, *at) - names]);
		}
	}
	return out;
}

/* Says what differs; strings may be NULL. */
static bool
same(const char *title, const char *what, const char *got, const GString *wanted)
{
	if (g_strcmp0(got, wanted != NULL ? wanted->str : NULL) == 0)
		return true;
	print_error("%s: %s is [%s], not [%s]\n", title, what, got != NULL ? got : "(none)",
	    wanted != NULL ? wanted->str : "(none)");
	return false;
}

/* Whether a reader of the new value sees just the subject. */
static bool
reads_back(const char *title, const struct subject_group *read)
{
	GString *again;
	bool equal;

	if (read->field == NULL)
		return true;
	again = header_text_decode(read->field, strlen(read->field), NULL);
	header_text_clean(again);
	equal = strcmp(again->str, read->subject) == 0;
	if (!equal)
		print_error("%s: [%s] reads as [%s]\n", title, read->field, again->str);
	g_string_free(again, TRUE);
	return equal;
}

/* The longest line, "Subject:" included. */
static size_t
longest_line(const char *field)
{
	size_t longest = 0;
	size_t column = strlen("Subject:");

	for (;; field += 2) {
		size_t length = strcspn(field, "\r");

		longest = MAX(longest, column + length);
		field += length;
		if (*field == '\0')
			return longest;
		assert_memory_equal(field, "\r\n ", 3);
		column = 0;
	}
}

static bool
row_holds(char *const *row)
{
	GString *cells[COLUMNS];
	struct subject_group read;
	bool holds = true;

	for (enum column i = TITLE; i < COLUMNS; i++)
		cells[i] = unescape(row[i]);
	g_string_prepend_c(cells[INPUT], ' ');
	if (cells[FIELD] != NULL && cells[FIELD]->len > 0)
		g_string_prepend_c(cells[FIELD], ' ');

	subject_group_read(cells[INPUT]->str, cells[INPUT]->len, &read);
	holds &= same(row[TITLE], "the subject", read.subject, cells[SUBJECT]);
	holds &= same(row[TITLE], "the group", read.group, cells[GROUP]);
	holds &= same(row[TITLE], "the field", read.field, cells[FIELD]);
	holds &= same(row[TITLE], "the note", read.note, cells[NOTE]);
	holds &= reads_back(row[TITLE], &read);
	subject_group_clear(&read);
	for (enum column i = TITLE; i < COLUMNS; i++)
		if (cells[i] != NULL)
			g_string_free(cells[i], TRUE);
	return holds;
}

static void
test_rows(void **state)
{
	char *text;
	char **lines;
	unsigned rows = 0;
	unsigned failed = 0;

	(void)state;
	assert_true(g_file_get_contents(ROWS, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		char **row;

		if (**line == '\0' || **line == '#')
			continue;
		row = g_strsplit(*line, "\t", -1);
		if (g_strv_length(row) != COLUMNS)
			fail_msg("%s: not %d columns: %s", ROWS, COLUMNS, *line);
		rows++;
		if (!row_holds(row))
			failed++;
		g_strfreev(row);
	}
	g_strfreev(lines);
	g_free(text);
	assert_in_range(rows, ROWS_LEAST, UINT16_MAX);
	assert_int_equal(failed, 0);
}

/* Builds " " + unit * count + end, reads it, and checks what every new value must be. */
static struct subject_group
read_repeated(const char *unit, unsigned count, const char *end)
{
	GString *value = g_string_new(" ");
	struct subject_group read;

	for (unsigned i = 0; i < count; i++)
		g_string_append(value, unit);
	g_string_append(value, end);
	subject_group_read(value->str, value->len, &read);
	assert_true(reads_back(unit, &read));
	g_string_free(value, TRUE);
	return read;
}

static void
test_large(void **state)
{
	static const struct {
		const char *unit;
		unsigned count;
		const char *end;
		const char *group;
		size_t longest; /* 0: not folded */
	} rows[] = {
	    {"Savings ", 3840, "{G}", "G", 0},
	    {"Savings\r\n ", 3072, "{G}", "G", 16},
	    {"=?utf-8?Q?Savings_?= ", 1460, "{G}", "G", 76},
	    {"=?utf-8?Q?Gr=C3=BC=C3=9Fe_?=\r\n ", 940, "=?utf-8?Q?{G}?=", "G", 76},
	    {"=?iso-8859-1?Q?=E9?= =?koi8-r?Q?=C1?= ", 800, "{G}", "G", 76},
	    {"\xf0\x9f\x98\x80", 7500, " {\xf0\x9f\x98\x80}", "\xf0\x9f\x98\x80", 76},
	    {"\xe9", 30000, " {\xe9}", "\xc3\xa9", 76},
	    {"{", 30000, "G}", "G", 0},
	    {"{a}", 10000, "", "a", 0},
	    {"=?", 15000, "{G}", "G", 0},
	    {"=?a?B?!", 4200, "{G}", "G", 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct subject_group read = read_repeated(rows[i].unit, rows[i].count, rows[i].end);

		assert_string_equal(read.group, rows[i].group);
		assert_null(read.note);
		if (rows[i].longest > 0)
			assert_in_range(longest_line(read.field), 1, rows[i].longest);
		subject_group_clear(&read);
	}
}

static void
test_too_large(void **state)
{
	struct subject_group read = read_repeated("Savings ", SUBJECT_SIZE_MAX / 8, "{G}");

	(void)state;
	assert_null(read.group);
	assert_null(read.field);
	assert_string_equal(
	    read.note, "the Subject has 65540 bytes, more than 65536: no group was looked for");
	assert_int_equal(strlen(read.subject), SUBJECT_SIZE_MAX - 1);
	subject_group_clear(&read);
}

/* Values as the wire has them: without the space after the colon, with several, with nothing. */
static void
test_margins(void **state)
{
	static const struct {
		const char *value;
		const char *subject;
		const char *field;
	} rows[] = {
	    {"Savings{G}", "Savings", "Savings"},
	    {"{G}Savings", "Savings", "Savings"},
	    {"  Savings {G}  ", "Savings", "  Savings"},
	    {"\tSavings {G}", "Savings", "\tSavings"},
	    {"  {G}  ", "", ""},
	    {"", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct subject_group read;

		subject_group_read(rows[i].value, strlen(rows[i].value), &read);
		assert_string_equal(read.subject, rows[i].subject);
		if (rows[i].field == NULL)
			assert_null(read.field);
		else
			assert_string_equal(read.field, rows[i].field);
		subject_group_clear(&read);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_margins),
	};

	return cmocka_run_group_tests_name("subject_group", tests, NULL, NULL);
}
