/* The ledger's files: a day each, appended to, read in order, and gone when their time is over. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/ledger.h"

struct place {
	char *folder;
	char today[CLOCK_ISO_SIZE];
};

static int
setup(void **state)
{
	struct place *place = g_new0(struct place, 1);

	place->folder = g_dir_make_tmp("ledger-XXXXXX", NULL);
	clock_iso(clock_now(), place->today);
	*strchr(place->today, 'T') = '\0';
	*state = place;
	return place->folder != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	GDir *folder = g_dir_open(place->folder, 0, NULL);
	struct error error;
	const char *name;

	ledger_attach(place->folder, 0, &error);
	while ((name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *path = g_build_filename(place->folder, name, NULL);

		g_remove(path);
	}
	g_dir_close(folder);
	g_rmdir(place->folder);
	g_free(place->folder);
	g_free(place);
	return 0;
}

static void
write_file(const struct place *place, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(place->folder, name, NULL);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static bool
has_file(const struct place *place, const char *name)
{
	g_autofree char *path = g_build_filename(place->folder, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void
on_line(void *arg, char *line)
{
	g_string_append_printf(arg, "%s|", line);
}

static void
test_lines_come_back_in_order(void **state)
{
	const struct place *place = *state;
	g_autofree char *path = g_build_filename(place->folder, place->today, NULL);
	g_autoptr(GString) lines = g_string_new(NULL);
	struct error error;
	struct stat file;

	write_file(place, "2001-02-03", "a\nb\n");
	write_file(place, "2001-02-04", "c\ntorn");
	write_file(place, "notes", "x\n");
	assert_true(ledger_attach(place->folder, 36500, &error));
	assert_true(ledger_is_kept());
	ledger_append("d\ne\n", 4);
	ledger_append("f\n", 2);
	assert_true(ledger_read(place->folder, on_line, lines, &error));
	assert_string_equal(lines->str, "a|b|c||d|e|f|");
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
}

/* After a power cut: what was cut off is no line, and what comes next is one. */
static void
test_what_was_cut_off(void **state)
{
	const struct place *place = *state;
	g_autoptr(GString) lines = g_string_new(NULL);
	struct error error;

	write_file(place, place->today, "whole\nto");
	assert_true(ledger_attach(place->folder, 14, &error));
	ledger_append("next\n", 5);
	assert_true(ledger_attach(place->folder, 14, &error));
	ledger_append("last\n", 5);
	assert_true(ledger_read(place->folder, on_line, lines, &error));
	assert_string_equal(lines->str, "whole|to\t|next|last|");
}

static void
test_a_full_disk(void **state)
{
	const struct place *place = *state;
	g_autoptr(GString) lines = g_string_new(NULL);
	struct rlimit before, full = {.rlim_cur = 8};
	struct error error;

	assert_true(ledger_attach(place->folder, 14, &error));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	ledger_append("whole\n", 6);
	ledger_append("cut off\n", 8);
	ledger_append("nothing\n", 8);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	ledger_append("next\nlast\n", 10);
	assert_true(ledger_read(place->folder, on_line, lines, &error));
	assert_string_equal(lines->str, "whole|cu\t|next|last|");
}

static void
test_what_nobody_wrote(void **state)
{
	static const char file[] = "\0\0a\nb\n\n\t\nc\0\nd\ne";
	g_autoptr(GString) lines = g_string_new(NULL);
	FILE *read = fmemopen((char *)file, sizeof(file) - 1, "r");

	(void)state;
	assert_true(ledger_read_lines(read, on_line, lines));
	assert_string_equal(lines->str, "|b||d||");
	fclose(read);
}

static void
count_line(void *arg, char *line)
{
	size_t *bytes = arg;

	bytes[0]++;
	bytes[1] = MAX(bytes[1], strlen(line));
}

/* A part of a bad disk, as long as it may be, takes no more memory than a line. */
static void
test_no_line_for_long(void **state)
{
	const struct place *place = *state;
	g_autofree char *path = g_build_filename(place->folder, place->today, NULL);
	size_t bytes[2] = {0};
	FILE *file = fopen(path, "we");
	struct error error;

	for (size_t i = 0; i <= LEDGER_LINE_MAX; i++)
		putc('x', file);
	fputs("\nwhole\n", file);
	fclose(file);
	assert_true(ledger_read(place->folder, count_line, bytes, &error));
	assert_int_equal(bytes[0], 2);
	assert_int_equal(bytes[1], strlen("whole"));
}

static void
test_days_that_are_over(void **state)
{
	const struct place *place = *state;
	struct error error;

	write_file(place, "2001-02-03", "a\n");
	write_file(place, "2001-02-3x", "no day\n");
	write_file(place, "2999-01-01", "a clock that was wrong\n");
	assert_true(ledger_attach(place->folder, 14, &error));
	assert_false(has_file(place, "2001-02-03"));
	assert_true(has_file(place, "2001-02-3x"));
	assert_true(has_file(place, "2999-01-01"));
	assert_true(has_file(place, place->today));
}

static void
test_end(void **state)
{
	const struct place *place = *state;
	g_autoptr(GString) some = g_string_new(NULL), all = g_string_new(NULL);
	struct error error;

	write_file(place, "2001-02-03", "old\n");
	write_file(place, "2001-02-04", "one\ntwo\nthree\n");
	write_file(place, "2001-02-05", "");
	assert_true(ledger_read_end(place->folder, 8, on_line, some, &error));
	assert_string_equal(some->str, "three|");
	assert_true(ledger_read_end(place->folder, 1000, on_line, all, &error));
	assert_string_equal(all->str, "one|two|three|");
	g_string_truncate(some, 0);
	assert_true(ledger_read_end(place->folder, 2, on_line, some, &error));
	assert_string_equal(some->str, "three|");
}

static void
test_none(void **state)
{
	const struct place *place = *state;
	g_autofree char *missing = g_build_filename(place->folder, "missing", NULL);
	g_autofree char *blocked = g_build_filename(place->folder, "file", "ledger", NULL);
	g_autoptr(GString) lines = g_string_new(NULL);
	struct error error;

	assert_true(ledger_attach(place->folder, 0, &error));
	assert_false(ledger_is_kept());
	ledger_append("a\n", 2);
	assert_false(has_file(place, place->today));
	assert_true(ledger_read(missing, on_line, lines, &error));
	assert_true(ledger_read_end(missing, 100, on_line, lines, &error));
	assert_string_equal(lines->str, "");
	write_file(place, "file", "");
	assert_false(ledger_attach(blocked, 14, &error));
	assert_false(ledger_is_kept());
	assert_non_null(strstr(error.text, "Not a directory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_lines_come_back_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_was_cut_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_full_disk, setup, teardown),
	    cmocka_unit_test(test_what_nobody_wrote),
	    cmocka_unit_test_setup_teardown(test_no_line_for_long, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_days_that_are_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
