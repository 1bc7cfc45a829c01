/* Which host of a connection string is tried, and after which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <libpq-fe.h>

#include "db/hosts.h"

/* The last of its name counts, as for libpq; "": none. */
static const char *
hosts_value(const struct db_hosts *hosts, const char *keyword)
{
	const char *found = "";

	for (unsigned i = 0; db_hosts_keywords(hosts)[i] != NULL; i++)
		if (strcmp(db_hosts_keywords(hosts)[i], keyword) == 0)
			found = db_hosts_values(hosts)[i];
	return found;
}

/* "name/address/port" of each turn, until the first comes again. */
static char *
hosts_turns(struct db_hosts *hosts)
{
	GString *turns = g_string_new(NULL);

	for (unsigned i = 0; i <= db_hosts_count(hosts); i++) {
		g_string_append_printf(turns, "%s%s/%s/%s", i > 0 ? " " : "",
		    hosts_value(hosts, "host"), hosts_value(hosts, "hostaddr"),
		    hosts_value(hosts, "port"));
		db_hosts_next(hosts);
	}
	return g_string_free(turns, FALSE);
}

static void
test_turn_of_another(void **state)
{
	struct db_hosts *hosts = db_hosts_create("host=a,b,c", "test");

	(void)state;
	db_hosts_next(hosts);
	assert_int_equal(db_hosts_turn(hosts), 1);
	db_hosts_set_turn(hosts, 2);
	assert_string_equal(hosts_value(hosts, "host"), "c");
	db_hosts_set_turn(hosts, 3); /* of a longer list */
	assert_string_equal(hosts_value(hosts, "host"), "a");
	db_hosts_destroy(hosts);
}

static void
test_turns(void **state)
{
	static const struct {
		const char *conninfo, *turns;
	} table[] = {
	    {"host=a,b,c dbname=x", "a// b// c// a//"},
	    {"host=a,b port=1,2", "a//1 b//2 a//1"},
	    {"host=a,b port=1", "a// b// a//"}, /* the port of all: libpq reads it */
	    {"hostaddr=192.0.2.1,192.0.2.2", "/192.0.2.1/ /192.0.2.2/ /192.0.2.1/"},
	    {"host=a,b hostaddr=192.0.2.1,192.0.2.2 port=1,2",
		"a/192.0.2.1/1 b/192.0.2.2/2 a/192.0.2.1/1"},
	    {"postgresql://u@a:1,b:2/x", "a//1 b//2 a//1"},
	    {"host=/run/one,/run/two", "/run/one// /run/two// /run/one//"},
	    /* Nothing to choose from, or not to be told apart: libpq's. */
	    {"host=a", "// //"},
	    {"dbname=x", "// //"},
	    {"", "// //"},
	    {"host=a,,c", "// //"},
	    {"host=a,b port=1,2,3", "// //"},
	    {"host=a,b port=1,", "// //"},
	    {"host=a,b hostaddr=192.0.2.1", "// //"},
	    {"host=a,b nonsense=1", "// //"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		struct db_hosts *hosts = db_hosts_create(table[i].conninfo, "test");
		char *turns = hosts_turns(hosts);

		assert_string_equal(turns, table[i].turns);
		g_free(turns);
		db_hosts_destroy(hosts);
	}
}

static void
test_connect_seconds(void **state)
{
	static const struct {
		const char *conninfo;
		unsigned seconds;
	} table[] = {
	    {"host=a,b", 5},
	    {"host=a connect_timeout=30", 30},
	    {"host=a connect_timeout=1", 2},
	    {"host=a connect_timeout=0", 5},
	    {"host=a connect_timeout=-1", 5},
	    {"nonsense", 5},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		struct db_hosts *hosts = db_hosts_create(table[i].conninfo, "test");

		assert_int_equal(db_hosts_connect_seconds(hosts), table[i].seconds);
		db_hosts_destroy(hosts);
	}
}

/* What libpq makes of them: the string wins over what is so by default, and the turn over the string. */
static void
test_the_string_wins(void **state)
{
	struct db_hosts *hosts = db_hosts_create(
	    "host=/nonexistent/a,/nonexistent/b tcp_user_timeout=7 target_session_attrs=any",
	    "test");
	static const struct {
		const char *keyword, *value;
	} table[] = {
	    {"host", "/nonexistent/b"},
	    {"tcp_user_timeout", "7"},
	    {"target_session_attrs", "any"},
	    {"keepalives_idle", DB_HOSTS_KEEPALIVES_IDLE},
	    {"application_name", "test"},
	};
	PQconninfoOption *options;
	PGconn *connection;

	(void)state;
	db_hosts_next(hosts);
	connection = PQconnectdbParams(db_hosts_keywords(hosts), db_hosts_values(hosts), 1);
	options = PQconninfo(connection);
	assert_non_null(options);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		for (PQconninfoOption *option = options; option->keyword != NULL; option++)
			if (strcmp(option->keyword, table[i].keyword) == 0)
				assert_string_equal(option->val, table[i].value);
	PQconninfoFree(options);
	PQfinish(connection);
	db_hosts_destroy(hosts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns),
	    cmocka_unit_test(test_turn_of_another),
	    cmocka_unit_test(test_connect_seconds),
	    cmocka_unit_test(test_the_string_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
