/* When a standby is read from, and how it is connected to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "db/standby_position.h"

#define SECOND 1000000

static const struct {
	const char *what;
	struct standby_position standby;
	int64_t staleness;
	bool suffices;
} rows[] = {
    {"it has all", {.lsn = 1000, .at = 0, .system = 7, .timeline = 2}, 0, true},
    {"it has more by now", {.lsn = 1001, .at = 0, .system = 7, .timeline = 2}, 0, true},
    {"a byte is missing", {.lsn = 999, .at = 60 * SECOND, .system = 7, .timeline = 2}, 0, false},
    {"it may be old", {.lsn = 999, .at = 55 * SECOND, .system = 7, .timeline = 2}, 5 * SECOND,
	true},
    {"it is older", {.lsn = 999, .at = 55 * SECOND - 1, .system = 7, .timeline = 2}, 5 * SECOND,
	false},
    {"an idle primary", {.lsn = 1000, .at = 1, .system = 7, .timeline = 2}, 5 * SECOND, true},
    {"nothing was replayed", {.lsn = 0, .at = 0, .system = 7, .timeline = 2}, 5 * SECOND, false},
    {"another cluster", {.lsn = 5000, .at = 60 * SECOND, .system = 8, .timeline = 2}, 5 * SECOND,
	false},
    {"an older timeline", {.lsn = 5000, .at = 60 * SECOND, .system = 7, .timeline = 1}, 5 * SECOND,
	false},
};

static void
test_suffices(void **state)
{
	const struct standby_position primary = {
	    .lsn = 1000, .at = 60 * SECOND, .system = 7, .timeline = 2};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (standby_position_suffices(&rows[i].standby, &primary, rows[i].staleness) !=
		    rows[i].suffices)
			fail_msg("%s", rows[i].what);
}

static const char *const conninfos[][2] = {
    {"host=b dbname=mail",
	"connect_timeout='2' dbname='mail' host='b' tcp_user_timeout='3000' options='-c lock_timeout=1000' target_session_attrs='standby' "},
    {"postgresql://me:it%27s%5C@b/mail?connect_timeout=9",
	"user='me' password='it\\'s\\\\' connect_timeout='9' dbname='mail' host='b' tcp_user_timeout='3000' options='-c lock_timeout=1000' target_session_attrs='standby' "},
    {"host=b options='-c jit=on' target_session_attrs=any",
	"connect_timeout='2' host='b' tcp_user_timeout='3000' options='-c jit=on' target_session_attrs='any' "},
    {"postgres", NULL},
};

static void
test_conninfo(void **state)
{
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(conninfos); i++) {
		g_autofree char *made = standby_conninfo(conninfos[i][0], &error);
		g_auto(GStrv) words = NULL;

		if (conninfos[i][1] == NULL) {
			assert_null(made);
			continue;
		}
		words = g_strsplit(conninfos[i][1], "' ", -1);
		/* In libpq's order, which is its own. */
		for (size_t word = 0; words[word] != NULL; word++)
			assert_non_null(strstr(made, words[word]));
		assert_int_equal(strlen(made), strlen(conninfos[i][1]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_suffices),
	    cmocka_unit_test(test_conninfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
