#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/config.h"
#include "server/config_text.h"

#define TLS_NONE "listener \"a\" { listen = {\"127.0.0.1:1025\"} tls = \"none\" }\n"

/* text -> what is said about it: "LINE: ..." after the file's name, or "" for nothing. */
struct wrong_row {
	const char *text;
	const char *problem;
};

static const struct wrong_row wrong_rows[] = {
    {TLS_NONE, ""},
    {"# a comment\n" TLS_NONE "# and one at the end", ""},
    {"bogus = 1\n", ":1: no such option 'bogus'"},
    {"# one\n// two\n/* three\n   four */\nbogus = 1\n", ":5: no such option 'bogus'"},
    {TLS_NONE "api {\n  threads = 4\n  port = 80\n}\n", ":4: no such option 'port'"},
    {"hostname = \"relay.example.net\n", ":2: "},
    {"api {\n", ":1: this { is never closed"},
    {"workers = many\n", ":1: invalid integer value for option 'workers'"},
    {"workers = 257\n", ":1: workers: 257 is not from 0 to 256"},
    {"\nhostname = \"-relay\"\n",
	":2: hostname: \"-relay\" is not a host name; write the full one, like \"relay.example.net\""},
    {"hostname = \"two words\"", ":1: hostname: \"two words\" is not a host name"},
    {"hostname = \"\"", ":1: hostname: \"\" is not a host name"},
    {"data_dir = \"\"", ":1: data_dir: is empty"},
    {"malformed = \"bounce\"", ":1: malformed: \"bounce\" is not one of: reject, discard"},
    {"log { retention_days = 0 }", ":1: log.retention_days: 0 is not from 1 to 1100"},
    {"log {\n level = \"loud\"\n}",
	":2: log.level: \"loud\" is not one of: debug, info, warning, error"},
    {"listener \"a\" {\n  listen = {\"127.0.0.1:25\", # yes\n    \"127.0.0.1\"}\n}\n",
	":3: listener.listen: \"127.0.0.1\" is not an IP address with a port"},
    {"listener \"a\" { listen = {\"localhost:25\"} }",
	":1: listener.listen: \"localhost:25\" is not an IP"},
    {"listener \"a\" { listen = {\"127.0.0.1:70000\"} }",
	":1: listener.listen: \"127.0.0.1:70000\" is not an IP"},
    {"listener \"a\" { listen = {\"::1:25\"} }", ":1: listener.listen: \"::1:25\" is not an IP"},
    {"listener \"a\" { tls = \"on\" }",
	":1: listener.tls: \"on\" is not one of: none, starttls, implicit"},
    {"listener \"a\" { auth = \"none\" }", ":1: listener.auth: \"none\" is not one of: required"},
    {TLS_NONE TLS_NONE, ":2: found duplicate title 'a'"},
    {"listener \"a\" { tls = \"none\" }", ": listener \"a\": set listen to an address with a port"},
    {TLS_NONE "delivery { route = \"pigeon\" }",
	":2: delivery.route: \"pigeon\" is not one of: mx, smarthost, capture"},
    {"delivery { bounce_domain = \"@x\" }",
	":1: delivery.bounce_domain: \"@x\" is not a host name"},
    {TLS_NONE "delivery { route = \"smarthost\" }",
	": delivery.route is \"smarthost\": set delivery.smarthost to its \"host:port\""},
    {TLS_NONE "delivery { route = \"capture\" }",
	": delivery.route is \"capture\": set capture.listen to an address with a port"},
    {"delivery { smarthost = \"relay.example.net\" }",
	":1: delivery.smarthost: \"relay.example.net\" is not a host with a port"},
    {"delivery { smarthost = \"relay.example.net:x\" }", ":1: delivery.smarthost: "},
    {"delivery { retry = {300, 0} }", ":1: delivery.retry: 0 is not from 1 to 604800"},
    {TLS_NONE "delivery { failure_reports = \"never\" }",
	":2: delivery.failure_reports: \"never\" is not one of: asked, always"},
    {"delivery { report_bytes = -1 }", ":1: delivery.report_bytes: -1 is not from 0 to 16777216"},
    {"delivery { lifetime = 0 }", ":1: delivery.lifetime: 0 is not from 1 to 2592000"},
    {TLS_NONE "log { retention_days = 4 }\n",
	": log.retention_days (4) is shorter than delivery.lifetime (432000 s)"},
    {TLS_NONE "limits { memory_bytes = 1048576 }",
	": limits.memory_bytes is less than limits.message_bytes"},
    {"limits { message_bytes = 10 }",
	":1: limits.message_bytes: 10 is not from 1024 to 1073741824"},
    {"database = \"a b c\"", ":1: database: not a PostgreSQL connection string"},
    {"plaintext_networks = {\"10.0.0.0/8\", \"10.0.0.0/33\"}",
	":1: plaintext_networks: \"10.0.0.0/33\" is not a network"},
    {TLS_NONE "bare_newline = \"normalize\"",
	": bare_newline = \"normalize\" and bare_newline_networks go together: set both"},
    {TLS_NONE "bare_newline_networks = {\"10.0.0.0/8\"}",
	": bare_newline = \"normalize\" and bare_newline_networks go together: set both"},
    {"bare_newline_networks = {\"10.0.0.0/33\"}",
	":1: bare_newline_networks: \"10.0.0.0/33\" is not a network"},
    {"limits { line_bytes = 997 }", ":1: limits.line_bytes: 997 is not from 998 to 1073741824"},
    {"api { connections = 0 }", ":1: api.connections: 0 is not from 1 to 1000000"},
    {"api { address_connections = 0 }", ":1: api.address_connections: 0 is not from 1 to 1000000"},
    {"api { idle_timeout = 0 }", ":1: api.idle_timeout: 0 is not from 1 to 3600"},
    {"api { request_timeout = 0 }", ":1: api.request_timeout: 0 is not from 1 to 86400"},
    {"api { answer_timeout = 0 }", ":1: api.answer_timeout: 0 is not from 1 to 86400"},
    {"api { head_bytes = 65536 }", ":1: api.head_bytes: 65536 is not from 1024 to 65535"},
    {"api { body_bytes = 134217729 }",
	":1: api.body_bytes: 134217729 is not from 1024 to 134217728"},
    {"api { trusted_proxies = {\"10.0.0.0/33\"} }",
	":1: api.trusted_proxies: \"10.0.0.0/33\" is not a network"},
    {"listener \"a\" { proxy = {\"balancer\"} }",
	":1: listener.proxy: \"balancer\" is not a network"},
    {"api { reports_database = \"postgres\" }",
	":1: api.reports_database: not a PostgreSQL connection string; write \"host=... dbname=...\""},
    {"api { reports_staleness = 3601 }", ":1: api.reports_staleness: 3601 is not from 0 to 3600"},
    {"api { reports_database = \"host=b\" }",
	": api.reports_database is a standby of database: set database, too (a private PostgreSQL has none)"},
    {"api { create_account_token = \"short secret\" }",
	":1: api.create_account_token: has 12 characters; at least 16 are needed: openssl rand -hex 32"},
    {"api { public_url = \"api.example.net\" }",
	":1: api.public_url: \"api.example.net\" does not begin with http:// or https://"},
    {"listener \"a\" { listen = {\"127.0.0.1:1025\"} }",
	": set tls_certificate and tls_key: the listeners offer TLS"},
    {TLS_NONE "tls_certificate = \"/x\"", ": tls_certificate and tls_key go together: set both"},
    {TLS_NONE "api { tls_key = \"/x\" }",
	": api.tls_certificate and api.tls_key go together: set both"},
    {TLS_NONE "api { listen = {\"127.0.0.1:1025\"} }",
	": \"127.0.0.1:1025\" is used twice: by a and by api"},
};

static char path[] = "/tmp/bracemail-test-config-XXXXXX";

static int
make_file(void **state)
{
	int file = mkstemp(path);

	(void)state;
	return file < 0 ? -1 : close(file);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static struct config *
load(const char *text, enum config_profile profile, GPtrArray **problems)
{
	assert_true(g_file_set_contents(path, text, -1, NULL));
	*problems = g_ptr_array_new_with_free_func(g_free);
	return config_load(path, profile, *problems);
}

static void
test_problems_name_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(wrong_rows); i++) {
		const struct wrong_row *row = &wrong_rows[i];
		GPtrArray *problems;
		struct config *config = load(row->text, CONFIG_PROFILE_PRODUCTION, &problems);
		char *expected = g_strconcat(path, row->problem, NULL);
		const char *said = problems->len > 0 ? problems->pdata[0] : path;

		if (!g_str_has_prefix(said, expected) ||
		    (row->problem[0] == '\0') != (config != NULL))
			fail_msg("%s\nexpected: %s\nsaid:     %s", row->text, expected, said);
		g_free(expected);
		g_ptr_array_free(problems, TRUE);
		config_free(config);
	}
}

static void
test_all_wrong_values_are_named_at_once(void **state)
{
	GPtrArray *problems;

	(void)state;
	assert_null(load(
	    "workers = -1\nhostname = \"!\"\nlog { level = \"x\" }\ndelivery { retry = {0, 1, 0} }\n",
	    CONFIG_PROFILE_PRODUCTION, &problems));
	assert_int_equal(problems->len, 5);
	g_ptr_array_free(problems, TRUE);
}

static void
test_missing_file(void **state)
{
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

	(void)state;
	assert_null(config_load("/nonexistent/x.conf", CONFIG_PROFILE_PRODUCTION, problems));
	assert_int_equal(problems->len, 1);
	assert_string_equal(problems->pdata[0], "/nonexistent/x.conf: No such file or directory");
	g_ptr_array_free(problems, TRUE);
}

static void
test_a_password_in_a_wrong_database_is_not_shown(void **state)
{
	GPtrArray *problems;

	(void)state;
	assert_null(load(
	    "database = \"host=x password=sesame oops\"", CONFIG_PROFILE_PRODUCTION, &problems));
	assert_null(strstr(problems->pdata[0], "sesame"));
	g_ptr_array_free(problems, TRUE);
}

static void
test_values_arrive(void **state)
{
	GPtrArray *problems;
	struct config *config = load(
	    "database = \"host=/run/postgresql dbname=bracemail\"\ndata_dir = \"/srv/mail/\"\n"
	    "hostname = \"relay.example.net\"\nworkers = 3\ntls_certificate = \"/c\" tls_key = \"/k\"\n"
	    "malformed = \"discard\"\ndrain_timeout = 7\n"
	    "api { listen = {\"127.0.0.1:81\", \"[::1]:81\"} threads = 2 public_url = \"https://a.example/\" }\n"
	    "listener \"in\" { listen = \"0.0.0.0:465\" tls = \"implicit\" auth = \"required\" }\n"
	    "delivery { route = \"smarthost\" smarthost = \"[127.0.0.1]:26\" retry = {1, 2, 3} lifetime = 60\n"
	    "  connect_timeout = 4 reply_timeout = 5 final_timeout = 6 tls = \"off\" resolver = \"127.0.0.1@53\" }\n"
	    "limits { message_bytes = 4096 recipients = 9 command_timeout = 8 commit_timeout = 9 }\n"
	    "log { retention_days = 30 level = \"error\" }\n",
	    CONFIG_PROFILE_PRODUCTION, &problems);

	(void)state;
	assert_int_equal(problems->len, 0);
	assert_string_equal(config->database, "host=/run/postgresql dbname=bracemail");
	assert_string_equal(config->data_dir, "/srv/mail");
	assert_int_equal(config->workers, 3);
	assert_int_equal(config->drain_seconds, 7);
	assert_int_equal(config->commit_seconds, 9);
	assert_int_equal(config->malformed, RELAY_MALFORMED_DISCARD);
	assert_string_equal(config->api.listen[1], "[::1]:81");
	assert_null(config->api.listen[2]);
	assert_string_equal(config->api.public_url, "https://a.example");
	assert_string_equal(config->deliver.unsubscribe_base, "https://a.example");
	assert_null(config->api.tls_certificate);
	assert_int_equal(config->listener_count, 1);
	assert_string_equal(config->listeners[0].name, "in");
	assert_string_equal(config->listeners[0].addresses[0], "0.0.0.0:465");
	assert_int_equal(config->listeners[0].tls, RECEIVE_TLS_IMPLICIT);
	assert_int_equal(config->deliver.route, DELIVER_ROUTE_SMARTHOST);
	assert_string_equal(config->deliver.smarthost, "[127.0.0.1]:26");
	assert_string_equal(config->deliver.hostname, "relay.example.net");
	assert_int_equal(config->deliver.retry_count, 3);
	assert_int_equal(config->deliver.retry_seconds[2], 3);
	assert_int_equal(config->deliver.final_seconds, 6);
	assert_int_equal(config->deliver.tls, DELIVER_TLS_OFF);
	assert_int_equal(config->limits.message_bytes, 4096);
	assert_int_equal(config->limits.command_seconds, 8);
	assert_int_equal(config->log_level, LOG_LEVEL_ERROR);
	g_ptr_array_free(problems, TRUE);
	config_free(config);
}

static void
test_production_listens_on_the_usual_ports(void **state)
{
	static const struct {
		const char *addresses[2];
		enum receive_tls tls;
	} usual[] = {
	    {{"0.0.0.0:25", "[::]:25"}, RECEIVE_TLS_STARTTLS},
	    {{"0.0.0.0:587", "[::]:587"}, RECEIVE_TLS_STARTTLS},
	    {{"0.0.0.0:2525", "[::]:2525"}, RECEIVE_TLS_STARTTLS},
	    {{"0.0.0.0:465", "[::]:465"}, RECEIVE_TLS_IMPLICIT},
	};
	GPtrArray *problems;
	struct config *config = load(
	    "tls_certificate = \"/c\" tls_key = \"/k\"\n", CONFIG_PROFILE_PRODUCTION, &problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->listener_count, G_N_ELEMENTS(usual));
	for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
		assert_int_equal(config->listeners[i].tls, usual[i].tls);
		for (size_t j = 0; j < G_N_ELEMENTS(usual[i].addresses); j++)
			assert_string_equal(
			    config->listeners[i].addresses[j], usual[i].addresses[j]);
		assert_null(config->listeners[i].addresses[2]);
	}
	config_free(config);
	g_ptr_array_free(problems, TRUE);
}

static void
test_dev_needs_no_file_and_a_file_wins(void **state)
{
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
	struct config *config = config_load(NULL, CONFIG_PROFILE_DEV, problems);

	(void)state;
	assert_non_null(config);
	assert_null(config->database);
	assert_true(g_str_has_suffix(config->data_dir, "/var"));
	assert_int_equal(config->listener_count, 3);
	assert_string_equal(config->listeners[2].addresses[0], "127.0.0.1:2465");
	assert_string_equal(config->deliver.smarthost, "127.0.0.1:2526");
	assert_string_equal(config->deliver.unsubscribe_base, "http://127.0.0.1:8080");
	config_free(config);
	g_ptr_array_free(problems, TRUE);
	config = load(
	    TLS_NONE "capture { listen = {\"127.0.0.1:1026\"} }", CONFIG_PROFILE_DEV, &problems);
	assert_non_null(config);
	assert_int_equal(config->listener_count, 1);
	assert_string_equal(config->deliver.smarthost, "127.0.0.1:1026");
	config_free(config);
	g_ptr_array_free(problems, TRUE);
}

static void
test_comments_become_spaces(void **state)
{
	static const struct {
		const char *text;
		const char *blank;
	} rows[] = {
	    {"", ""},
	    {"a # b\nc", "a    \nc"},
	    {"a // b\nc", "a     \nc"},
	    {"a /* b\n * c */d", "a     \n       d"},
	    {"a = \"# // /* \\\" # */\" # x", "a = \"# // /* \\\" # */\"    "},
	    {"a = '#' //", "a = '#'   "},
	    {"url = http://x/y", "url = http://x/y"},
	    {"/* never closed", "               "},
	    {"a /", "a /"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *text = g_strdup(rows[i].text);

		config_text_blank_comments(text);
		assert_string_equal(text, rows[i].blank);
		g_free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_problems_name_file_and_line),
	    cmocka_unit_test(test_all_wrong_values_are_named_at_once),
	    cmocka_unit_test(test_missing_file),
	    cmocka_unit_test(test_a_password_in_a_wrong_database_is_not_shown),
	    cmocka_unit_test(test_values_arrive),
	    cmocka_unit_test(test_production_listens_on_the_usual_ports),
	    cmocka_unit_test(test_dev_needs_no_file_and_a_file_wins),
	    cmocka_unit_test(test_comments_become_spaces),
	};

	return cmocka_run_group_tests_name("config", tests, make_file, remove_file);
}
