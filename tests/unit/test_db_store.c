#include "tests/unit/db_fixture.h"

#include <inttypes.h>
#include <string.h>

static const char *const one[] = {"to@example.test", NULL};
static const char *const two[] = {"a@example.test", "b@example.test", NULL};

static void
test_a_batch_commits(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *messages[] = {fixture_message("Daily Alert", two, 4096),
	    fixture_message("daily ALERT", one, 10), fixture_message(NULL, one, 0)};
	struct fixture_stored stored = {0};

	for (int i = 0; i < 3; i++)
		fixture_put(fixture, messages[i], MESSAGE_CLAIM_MINE, &stored);
	assert_int_equal(stored.answers, 0); /* never within the call */
	fixture_run_until(fixture, &stored.answers, 3);
	assert_int_equal(stored.mine, 3);
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM transactional_group WHERE account_id = 1"),
	    2);
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM message m JOIN transactional_group g "
			     "USING (account_id, group_id) WHERE g.name = 'Daily Alert'"),
	    2);
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM queue q JOIN worker w ON w.worker_id = q.claim"),
	    4);
	assert_int_equal(fixture_number(fixture, "SELECT max(octet_length(content)) FROM message"),
	    message_size(messages[0]));
	assert_true(messages[0]->message_id > 0);
	for (int i = 0; i < 3; i++)
		message_unref(messages[i]);
}

static void
test_group_by_number(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct fixture_stored stored = {0};
	static const struct {
		int32_t group_id;
		const char *group_name, *wanted;
	} rows[] = {
	    {500, "Other", "By Number"},                   /* the number wins over the name */
	    {501, "Other", "Default Transactional Group"}, /* another account's */
	    {999, NULL, "Default Transactional Group"},    /* gone */
	    {0, "default transactional GROUP", "Default Transactional Group"},
	};

	fixture_execute(fixture->data,
	    "INSERT INTO transactional_group (account_id, group_id, name) "
	    "VALUES (1, 500, 'By Number'), (2, 501, 'Of Beta')");
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct message *message = fixture_message(rows[i].group_name, one, 10);
		g_autofree char *sql = NULL, *name = NULL;

		message->group_id = rows[i].group_id;
		fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
		fixture_run_until(fixture, &stored.ok, i + 1);
		sql = g_strdup_printf("SELECT g.name FROM message m JOIN transactional_group g "
				      "USING (account_id, group_id) WHERE message_id = %" PRId64,
		    message->message_id);
		name = fixture_text(fixture, sql);
		assert_string_equal(name, rows[i].wanted);
		message_unref(message);
	}
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM transactional_group WHERE name = 'Other'"),
	    0);
}

static void
test_refused_is_reported(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, two, 10);
	struct fixture_stored stored = {0};
	g_autofree char *log = NULL;

	message->disposition = MESSAGE_REJECTED;
	message->refusal = g_strdup("the message has no Subject header");
	message->received_at = INT64_C(1773929111042000);
	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.ok, 1);
	log = fixture_text(fixture,
	    "SELECT regexp_replace(transcript, '\\n\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ', E'\\nTIME ') FROM smtp_log");
	assert_string_equal(log,
	    "attempt 1 2026-03-19T14:05:11.042Z test\n"
	    "TIME = rejected: 5.6.0 the message has no Subject header\n"
	    "result rejected 5.6.0\n");
	assert_int_equal(
	    fixture_number(fixture,
		"SELECT count(*) FROM smtp_log WHERE status = 'rejected' AND result = 'rejected 5.6.0'"),
	    2);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 0);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM message WHERE content IS NULL"), 1);
	message_unref(message);
}

static void
test_one_bad_message_fails_alone(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct fixture_stored good = {0}, bad = {0}, orphan = {0};
	g_autofree char *long_name = g_strnfill(300, 'g');

	for (int i = 0; i < 20; i++) {
		struct message *message = fixture_message(i == 7 ? long_name : "Group", one, 100);

		if (i == 9)
			message->account_id = 77;
		fixture_put(fixture, message, MESSAGE_CLAIM_MINE,
		    i == 7       ? &bad
			: i == 9 ? &orphan
				 : &good);
		message_unref(message);
	}
	fixture_run_until(fixture, &good.answers, 18);
	fixture_run_until(fixture, &bad.answers, 1);
	fixture_run_until(fixture, &orphan.answers, 1);
	assert_int_equal(good.mine, 18);
	assert_int_equal(bad.refused, 1);
	assert_int_equal(orphan.refused, 1);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 18);
}

static void
test_text_that_postgresql_cannot_hold(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message("Gr\xfcn", one, 100);
	struct fixture_stored stored = {0};
	g_autofree char *subject = NULL;

	g_free(message->subject);
	message->subject = g_strdup("broken \xc3");
	g_free(message->mail_from);
	message->mail_from = g_strdup("\xff@example.test");
	message->note = g_strdup("\xe2\x82");
	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.ok, 1);
	subject = fixture_text(fixture, "SELECT subject FROM message");
	assert_string_equal(subject, "broken \xef\xbf\xbd");
	message_unref(message);
}

static void
test_a_missing_partition_is_made(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct fixture_stored stored = {0};

	fixture_execute(fixture->data,
	    "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'message_' || "
	    "to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')); END $$");
	for (int i = 0; i < 3; i++) {
		struct message *message = fixture_message(NULL, one, 100);

		fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
		message_unref(message);
	}
	fixture_run_until(fixture, &stored.answers, 3);
	assert_int_equal(stored.mine, 3);
}

static void
test_a_large_message(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, one, 50 << 20);
	struct fixture_stored stored = {0};

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.answers, 1);
	assert_int_equal(stored.mine, 1);
	assert_int_equal(fixture_number(fixture, "SELECT octet_length(content) FROM message"),
	    message_size(message));
	message_unref(message);
}

/* Connections are cut while messages come in: each is answered once, and what was answered OK is there. */
static void
test_connections_cut_under_load(void **state)
{
	enum { MESSAGES = 600, KILLS = 5 };
	struct fixture *fixture = fixture_get(state);
	struct fixture_stored stored = {0};
	struct message *messages[MESSAGES];
	int64_t found;

	for (unsigned i = 0; i < MESSAGES; i++) {
		messages[i] = fixture_message("Group", one, 2000);
		fixture_put(fixture, messages[i], MESSAGE_CLAIM_MINE, &stored);
		if (i % (MESSAGES / KILLS) == 0) {
			fixture_run_until(fixture, &stored.answers, i / 2);
			fixture_kill_connections(fixture);
		}
	}
	fixture_run_until(fixture, &stored.answers, MESSAGES);
	assert_int_equal(stored.ok + stored.unavailable, MESSAGES);
	assert_true(fixture->downs >= 1);
	found = fixture_number(fixture, "SELECT count(*) FROM message");
	assert_in_range(found, stored.ok, MESSAGES);
	fixture_run_until(fixture, &fixture->ups, fixture->downs + 1);
	fixture_run_until_number(fixture,
	    "SELECT count(*) FROM queue WHERE claim IS NOT NULL AND NOT EXISTS "
	    "(SELECT FROM worker WHERE worker_id = claim)",
	    0);
	fixture_run_until_number(fixture, "SELECT count(*) FROM worker", 1);
	for (unsigned i = 0; i < MESSAGES; i++)
		message_unref(messages[i]);
}

static void
test_no_database(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, one, 10);
	struct fixture_stored stored = {0};
	g_autofree char *close =
	    g_strdup_printf("ALTER DATABASE %s ALLOW_CONNECTIONS false", fixture->database);
	g_autofree char *open =
	    g_strdup_printf("ALTER DATABASE %s ALLOW_CONNECTIONS true", fixture->database);

	fixture_execute(fixture->cluster, close);
	fixture_kill_connections(fixture);
	fixture_run_until(fixture, &fixture->downs, 1);
	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.unavailable, 1);
	fixture_execute(fixture->cluster, open);
	fixture_run_until(fixture, &fixture->ups, 2);
	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	message_unref(message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_batch_commits, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_group_by_number, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_refused_is_reported, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_one_bad_message_fails_alone, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_text_that_postgresql_cannot_hold, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_a_missing_partition_is_made, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_a_large_message, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_connections_cut_under_load, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_no_database, fixture_begin, fixture_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
