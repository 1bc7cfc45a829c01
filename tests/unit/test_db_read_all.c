/* Several reads in one round trip (db/read_all.h), against a real server named by BRACEMAIL_TEST_DATABASE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "db/read_all.h"

enum { READS_MAX = 5 };

static int
connection_setup(void **state)
{
	if (getenv("BRACEMAIL_TEST_DATABASE") != NULL)
		*state = db_connection_create(getenv("BRACEMAIL_TEST_DATABASE"));
	return 0;
}

static int
connection_teardown(void **state)
{
	db_connection_destroy(*state);
	return 0;
}

#define ANSWER "SELECT $1::text || '!'"
#define NO_TABLE "SELECT x FROM smtp_log_19700101 WHERE x = $1"
#define NO_NUMBER "SELECT $1::int"

/* What becomes of reads of "a", "b", ...: NULL: none, or it was not run. */
static const struct {
	const char *sql[READS_MAX];
	const char *answers[READS_MAX];
} cases[] = {
    {{NULL}, {NULL}},
    {{ANSWER}, {"a!"}},
    {{ANSWER, ANSWER, ANSWER}, {"a!", "b!", "c!"}},
    {{ANSWER, NO_TABLE, ANSWER}, {"a!", NULL, "c!"}},
    {{NO_TABLE}, {NULL}},
    {{ANSWER, NO_NUMBER, ANSWER, ANSWER}, {"a!", NULL, NULL, NULL}},
    {{NO_NUMBER, ANSWER}, {NULL, NULL}},
    {{ANSWER, ANSWER, ANSWER, ANSWER, ANSWER}, {"a!", "b!", "c!", "d!", "e!"}},
};

static void
reads_check(struct db_connection *connection, size_t which)
{
	static const char *const values[READS_MAX] = {"a", "b", "c", "d", "e"};
	struct db_read reads[READS_MAX], *list[READS_MAX];
	unsigned count = 0;

	while (count < READS_MAX && cases[which].sql[count] != NULL) {
		reads[count] = (struct db_read){
		    .sql = cases[which].sql[count], .count = 1, .values = {values[count]}};
		list[count] = &reads[count];
		count++;
	}
	db_read_all(connection, list, count);
	for (unsigned i = 0; i < count; i++) {
		const char *expected = cases[which].answers[i];

		if (expected == NULL)
			assert_null(reads[i].result);
		else
			assert_string_equal(PQgetvalue(reads[i].result, 0, 0), expected);
		PQclear(reads[i].result);
	}
}

/* Each twice: prepared and not yet; and an ordinary query after each, which finds the connection as it was. */
static void
test_reads(void **state)
{
	struct error error;

	if (*state == NULL)
		skip();
	for (unsigned times = 0; times < 2; times++)
		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			reads_check(*state, i);
			assert_int_equal(
			    db_query(*state, "SELECT 1", 0, NULL, NULL, &error), DB_STATUS_OK);
		}
}

/* The server goes away under them: none has a result, and the next ones have. */
static void
test_reads_on_a_lost_connection(void **state)
{
	struct db_read first = {.sql = "SELECT 'a'"}, last = {.sql = "SELECT 'b'"};
	struct db_read end = {.sql = "SELECT pg_terminate_backend(pg_backend_pid())"};
	struct db_read *reads[] = {&first, &end, &last};

	if (*state == NULL)
		skip();
	db_read_all(*state, reads, G_N_ELEMENTS(reads));
	assert_null(end.result);
	assert_null(last.result);
	PQclear(first.result);
	reads_check(*state, G_N_ELEMENTS(cases) - 1);
}

static void
test_unreachable_server(void **state)
{
	struct db_connection *connection = db_connection_create("host=/nonexistent dbname=x");
	struct db_read only = {.sql = "SELECT 1"}, *reads[] = {&only};

	(void)state;
	db_read_all(connection, reads, 1);
	assert_null(only.result);
	db_connection_destroy(connection);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads),
	    cmocka_unit_test(test_reads_on_a_lost_connection),
	    cmocka_unit_test(test_unreachable_server),
	};

	return cmocka_run_group_tests(tests, connection_setup, connection_teardown);
}
