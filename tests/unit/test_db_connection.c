/* The blocking connection, migrations and accounts, against a real server named by BRACEMAIL_TEST_DATABASE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "db/account.h"
#include "db/connection.h"
#include "db/migrate.h"

/* A schema of its own in the test database, so that tests do not meet. */
static char *
test_conninfo(const char *schema)
{
	return g_strdup_printf(
	    "%s options='-c search_path=%s'", getenv("BRACEMAIL_TEST_DATABASE"), schema);
}

static int
connection_setup(void **state)
{
	char *conninfo;
	struct error error;

	if (getenv("BRACEMAIL_TEST_DATABASE") == NULL)
		return 0;
	conninfo = test_conninfo("test_db_connection");
	*state = db_connection_create(conninfo);
	g_free(conninfo);
	if (db_execute(*state,
		"DROP SCHEMA IF EXISTS test_db_connection CASCADE; CREATE SCHEMA test_db_connection",
		&error) != DB_STATUS_OK) {
		print_error("%s\n", error.text);
		return -1;
	}
	return 0;
}

static int
connection_teardown(void **state)
{
	struct error error;

	if (*state != NULL)
		db_execute(*state, "DROP SCHEMA test_db_connection CASCADE", &error);
	db_connection_destroy(*state);
	return 0;
}

static struct db_connection *
connection_or_skip(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static void
test_migrate_twice(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct error error;
	int applied;

	assert_true(db_migrate(connection, &applied, &error));
	assert_true(applied > 0);
	assert_true(db_migrate(connection, &applied, &error));
	assert_int_equal(applied, 0);
}

/* A migration that landed after one of a higher number. */
static void
test_migration_of_a_lower_number(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct error error;
	int applied;

	assert_int_equal(
	    db_execute(connection,
		"DELETE FROM schema_migration WHERE number = 2; DROP TABLE dkim_key", &error),
	    DB_STATUS_OK);
	assert_true(db_migrate(connection, &applied, &error));
	assert_int_equal(applied, 1);
	assert_int_equal(db_execute(connection, "SELECT FROM dkim_key", &error), DB_STATUS_OK);
}

static void
test_newer_schema_is_refused(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct error error;

	assert_int_equal(
	    db_execute(connection, "INSERT INTO schema_migration VALUES (9999)", &error),
	    DB_STATUS_OK);
	assert_false(db_migrate(connection, NULL, &error));
	assert_non_null(strstr(error.text, "run a newer Bracemail"));
	assert_int_equal(
	    db_execute(connection, "DELETE FROM schema_migration WHERE number = 9999", &error),
	    DB_STATUS_OK);
}

static void
test_account_life(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct account account;
	struct error error;
	int64_t id, other;
	bool found;

	assert_int_equal(account_create(connection, "Ärger", "hash", &id, &error), DB_STATUS_OK);
	assert_int_equal(
	    account_create(connection, "äRGER", "hash", &other, &error), DB_STATUS_UNIQUE);
	assert_int_equal(account_find(connection, "ÄRGER", &account, &found, &error), DB_STATUS_OK);
	assert_true(found);
	assert_int_equal(account.account_id, id);
	assert_string_equal(account.name, "Ärger");
	assert_int_equal(account_allow_network(connection, "ärger", "192.0.2.0/24", &found, &error),
	    DB_STATUS_OK);
	assert_true(found);
	assert_int_equal(account_allow_network(connection, "ärger", "192.0.2.0/24", &found, &error),
	    DB_STATUS_UNIQUE);
	assert_int_equal(account_allow_network(connection, "ärger", "192.0.2.1/24", &found, &error),
	    DB_STATUS_FAILED);
	assert_int_equal(account_deny_network(connection, "ärger", "192.0.2.0/24", &found, &error),
	    DB_STATUS_OK);
	assert_true(found);
	assert_int_equal(
	    account_set_password(connection, "nobody", "hash", &found, &error), DB_STATUS_OK);
	assert_false(found);
	assert_int_equal(account_remove(connection, "ärger", &found, &error), DB_STATUS_OK);
	assert_true(found);
	assert_int_equal(account_find(connection, "ärger", &account, &found, &error), DB_STATUS_OK);
	assert_false(found);
}

/* What an idle connection meets after a restart of the server: the next query goes through. */
static void
test_idle_connection_is_remade(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct db_connection *killer;
	char *conninfo = test_conninfo("test_db_connection");
	const char *pid[1];
	PGresult *mine;
	struct error error;

	killer = db_connection_create(conninfo);
	g_free(conninfo);
	assert_int_equal(
	    db_query(connection, "SELECT pg_backend_pid()", 0, NULL, &mine, &error), DB_STATUS_OK);
	pid[0] = PQgetvalue(mine, 0, 0);
	/* The second argument waits until the backend is gone. */
	assert_int_equal(
	    db_query(killer, "SELECT pg_terminate_backend($1::int, 5000)", 1, pid, NULL, &error),
	    DB_STATUS_OK);
	PQclear(mine);
	assert_int_equal(db_query(connection, "SELECT 1", 0, NULL, NULL, &error), DB_STATUS_OK);
	db_connection_destroy(killer);
}

static void
test_lost_transaction_stays_lost(void **state)
{
	struct db_connection *connection = connection_or_skip(state);
	struct error error;

	assert_int_equal(db_begin(connection, &error), DB_STATUS_OK);
	assert_int_equal(db_query(connection, "SELECT pg_terminate_backend(pg_backend_pid())", 0,
			     NULL, NULL, &error),
	    DB_STATUS_UNAVAILABLE);
	assert_int_equal(
	    db_query(connection, "SELECT 1", 0, NULL, NULL, &error), DB_STATUS_UNAVAILABLE);
	db_rollback(connection);
	assert_int_equal(db_query(connection, "SELECT 1", 0, NULL, NULL, &error), DB_STATUS_OK);
}

static void
test_unreachable_server(void **state)
{
	struct db_connection *connection = db_connection_create("host=/nonexistent dbname=x");
	struct error error;

	(void)state;
	assert_int_equal(
	    db_query(connection, "SELECT 1", 0, NULL, NULL, &error), DB_STATUS_UNAVAILABLE);
	assert_non_null(strstr(error.text, "/nonexistent"));
	db_connection_destroy(connection);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_migrate_twice),
	    cmocka_unit_test(test_migration_of_a_lower_number),
	    cmocka_unit_test(test_newer_schema_is_refused),
	    cmocka_unit_test(test_account_life),
	    cmocka_unit_test(test_idle_connection_is_remade),
	    cmocka_unit_test(test_lost_transaction_stays_lost),
	    cmocka_unit_test(test_unreachable_server),
	};

	return cmocka_run_group_tests(tests, connection_setup, connection_teardown);
}
