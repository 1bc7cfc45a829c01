#include "tests/unit/db_fixture.h"

#include "db/account_limit.h"
#include "db/campaign.h"
#include "db/transactional_message.h"

static const char *const one[] = {"to@example.test", NULL};
static const char *const three[] = {"a@example.test", "b@example.test", "c@example.test", NULL};

enum { MESSAGES = 10 };

/* No hour turns within a test. */
static int
setup_with_clock(void **state)
{
	int failed = fixture_setup(state);
	struct fixture *fixture = *state;

	if (fixture != NULL)
		fixture_execute(fixture->data,
		    "CREATE OR REPLACE FUNCTION account_usage_clock() RETURNS timestamptz "
		    "LANGUAGE sql STABLE RETURN '2026-11-24 13:30:00+00'::timestamptz");
	return failed;
}

/* Puts MESSAGES messages of the account at once and waits until they are answered. */
static void
put_all(struct fixture *fixture, int64_t account_id, const char *const *recipients,
    unsigned counts[MESSAGE_OVER_WHOLE_LIMIT + 1])
{
	struct message *messages[MESSAGES];
	struct fixture_stored stored = {0};

	memset(counts, 0, (MESSAGE_OVER_WHOLE_LIMIT + 1) * sizeof(counts[0]));
	for (int i = 0; i < MESSAGES; i++) {
		messages[i] = fixture_message(NULL, recipients, 10);
		messages[i]->account_id = account_id;
		fixture_put(fixture, messages[i], MESSAGE_CLAIM_MINE, &stored);
	}
	fixture_run_until(fixture, &stored.ok, MESSAGES);
	for (int i = 0; i < MESSAGES; i++) {
		counts[messages[i]->disposition]++;
		message_unref(messages[i]);
	}
}

static void
limits_set(struct fixture *fixture, const char *hour, const char *day)
{
	g_autofree char *sql = g_strdup_printf(
	    "UPDATE account SET hour_limit = %s, day_limit = %s WHERE account_id = 1", hour, day);

	fixture_execute(fixture->data, "TRUNCATE account_usage, message, queue, smtp_log");
	fixture_execute(fixture->data, sql);
}

/* A worker of its own each: what it remembers of limits is gone with it. */
static int
limit_end(void **state)
{
	struct fixture *fixture = *state;

	if (fixture != NULL)
		limits_set(fixture, "NULL", "NULL");
	return fixture_end(state);
}

static void
test_what_limits_let_pass(void **state)
{
	static const struct {
		const char *hour, *day;
		const char *const *recipients;
		unsigned taken, over, over_whole;
		const char *reason;
	} rows[] = {
	    {"NULL", "NULL", one, 10, 0, 0, ""},
	    {"10", "10", one, 10, 0, 0, ""},
	    {"7", "NULL", one, 7, 3, 0,
		"this account may send 7 messages an hour: more from 2026-11-24 14:00 UTC"},
	    {"NULL", "4", one, 4, 6, 0,
		"this account may send 4 messages a day: more from 2026-11-25 00:00 UTC"},
	    {"6", "4", one, 4, 6, 0,
		"this account may send 4 messages a day: more from 2026-11-25 00:00 UTC"},
	    {"4", "6", one, 4, 6, 0,
		"this account may send 4 messages an hour: more from 2026-11-24 14:00 UTC"},
	    {"7", "NULL", three, 2, 8, 0,
		"this account may send 7 messages an hour: more from 2026-11-24 14:00 UTC"},
	    {"2", "NULL", three, 0, 0, 10,
		"this account may send 2 messages an hour: more from 2026-11-24 14:00 UTC; this is to 3 at once"},
	    {"0", "NULL", one, 0, 0, 10,
		"this account may send 0 messages an hour: more from 2026-11-24 14:00 UTC; this is to 1 at once"},
	};
	struct fixture *fixture = fixture_get(state);
	unsigned counts[MESSAGE_OVER_WHOLE_LIMIT + 1];

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *transcript = NULL;

		fixture_end(state);
		limits_set(fixture, rows[i].hour, rows[i].day);
		fixture_begin(state);
		put_all(fixture, 1, rows[i].recipients, counts);
		assert_int_equal(counts[MESSAGE_DELIVER], rows[i].taken);
		assert_int_equal(counts[MESSAGE_OVER_LIMIT], rows[i].over);
		assert_int_equal(counts[MESSAGE_OVER_WHOLE_LIMIT], rows[i].over_whole);
		assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"),
		    rows[i].taken * g_strv_length((char **)rows[i].recipients));
		assert_int_equal(fixture_number(fixture,
				     "SELECT count(*) FROM smtp_log WHERE status = 'rejected'"),
		    (rows[i].over + rows[i].over_whole) *
			g_strv_length((char **)rows[i].recipients));
		transcript = fixture_text(fixture, "SELECT max(transcript) FROM smtp_log");
		if (strstr(transcript, rows[i].reason) == NULL)
			fail_msg("row %u: %s", i, transcript);
	}
}

static void
test_an_account_at_its_limit_touches_no_other(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct fixture_stored stored = {0};

	limits_set(fixture, "3", "NULL");
	for (int i = 0; i < 2 * MESSAGES; i++) {
		struct message *message = fixture_message(NULL, one, 10);

		message->account_id = 1 + i % 2;
		fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
		message_unref(message);
	}
	fixture_run_until(fixture, &stored.ok, 2 * MESSAGES);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM queue WHERE account_id = 1"), 3);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM queue WHERE account_id = 2"), MESSAGES);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM account_usage"), 1);
}

/* Each worker has many messages on their way at once. */
static void
test_workers_share_a_limit(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct db_worker *first = fixture->worker, *second;
	struct fixture_stored stored = {0};

	limits_set(fixture, "95", "NULL");
	second = db_worker_create(
	    fixture->base, fixture->conninfo, "test", &fixture_no_ledger, &fixture_events, fixture);
	fixture_run_until(fixture, &fixture->ups, 2);
	for (unsigned i = 0; i < 200; i++) {
		struct message *message = fixture_message(NULL, one, 10);

		fixture->worker = i % 2 == 0 ? first : second;
		fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
		message_unref(message);
		if (i % 10 == 9) /* several batches each */
			fixture_run_until(fixture, &stored.ok, i / 2);
	}
	fixture_run_until(fixture, &stored.ok, 200);
	fixture->worker = first;
	db_worker_destroy(second);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 95);
	assert_int_equal(fixture_number(fixture, "SELECT in_hour FROM account_usage"), 95);
}

static void
test_hours_and_days_turn(void **state)
{
	static const struct {
		const char *change;
		unsigned taken;
		int64_t in_hour, in_day;
	} rows[] = {
	    {"UPDATE account_usage SET in_hour = in_hour", 0, 5, 5},
	    {"UPDATE account_usage SET hour = hour - 1", 5, 5, 10},
	    {"UPDATE account_usage SET hour = hour - 1", 2, 2, 12},
	    {"UPDATE account_usage SET hour = hour - 24, day = day - 1", 5, 5, 5},
	    /* Who began before the turn, and comes after it, counts in the new hour. */
	    {"UPDATE account_usage SET hour = hour + 1, in_hour = 3", 2, 5, 7},
	};
	struct fixture *fixture = fixture_get(state);
	unsigned counts[MESSAGE_OVER_WHOLE_LIMIT + 1];

	limits_set(fixture, "5", "12");
	put_all(fixture, 1, one, counts);
	assert_int_equal(counts[MESSAGE_DELIVER], 5);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		fixture_end(state);
		fixture_execute(fixture->data, rows[i].change);
		fixture_begin(state);
		put_all(fixture, 1, one, counts);
		assert_int_equal(counts[MESSAGE_DELIVER], rows[i].taken);
		assert_int_equal(
		    fixture_number(fixture, "SELECT in_hour FROM account_usage"), rows[i].in_hour);
		assert_int_equal(
		    fixture_number(fixture, "SELECT in_day FROM account_usage"), rows[i].in_day);
	}
}

static struct composition *
composition_of(int64_t account_id)
{
	struct composition *composition = composition_create();

	composition->account_id = account_id;
	composition->from_email = g_strdup("from@example.test");
	composition->from_name = g_strdup("");
	composition->subject = g_strdup("A subject");
	composition->message_plain = g_strdup("text");
	composition->message_html = g_strdup("");
	composition->options = g_strdup("");
	return composition;
}

static void
test_the_api_is_limited(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct db_connection *connection = db_connection_create(fixture->conninfo);
	struct composition *composition = composition_of(1);
	const struct transactional_message message = {
	    .composition = composition, .recipient = "to@example.test"};
	const struct campaign_recipients to = {.addresses = "a@example.test\nb@example.test\n"};
	static const struct {
		bool campaign;
		enum db_status status;
		int64_t queued, reported;
	} rows[] = {
	    {true, DB_STATUS_OK, 2, 0},
	    {true, DB_STATUS_LIMITED, 2, 0},
	    {false, DB_STATUS_OK, 3, 0},
	    {false, DB_STATUS_LIMITED, 3, 1},
	};

	limits_set(fixture, "3", "NULL");
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		int64_t number;
		struct transactional_message_ids ids;
		struct error error;
		enum db_status status = rows[i].campaign
		    ? campaign_create(connection, composition, &to, &number, &error)
		    : transactional_message_create(connection, &message, &ids, &error);

		assert_int_equal(status, rows[i].status);
		if (status == DB_STATUS_LIMITED)
			assert_non_null(strstr(error.text, "may send 3 messages an hour"));
		assert_int_equal(
		    fixture_number(fixture, "SELECT count(*) FROM queue"), rows[i].queued);
		assert_int_equal(
		    fixture_number(
			fixture, "SELECT count(*) FROM smtp_log WHERE result = 'rejected 4.7.1'"),
		    rows[i].reported);
	}
	composition_unref(composition);
	db_connection_destroy(connection);
}

static void
test_what_is_remembered(void **state)
{
	static const struct {
		int64_t after_ms;
		unsigned recipients;
		enum message_disposition becomes;
	} rows[] = {
	    {0, 1, MESSAGE_DELIVER}, {0, 3, MESSAGE_OVER_LIMIT}, /* two are left of three */
	    {500, 2, MESSAGE_DELIVER}, {500, 1, MESSAGE_OVER_LIMIT},
	    {500, 9, MESSAGE_OVER_WHOLE_LIMIT},
	    {ACCOUNT_LIMIT_MEMORY_MS, 9, MESSAGE_DELIVER}, /* the database is asked anew */
	};
	struct account_limits *limits = account_limits_create();
	const int64_t start = 1000 * CLOCK_SECOND;

	(void)state;
	assert_int_equal(account_limits_note(limits, "none of ours", "text", start), 0);
	assert_int_equal(account_limits_note(limits, "7 3 8", "the text", start), 7);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct message *message = message_create();
		bool admitted;

		message->account_id = 7;
		for (unsigned n = 0; n < rows[i].recipients; n++)
			message_add_recipient(message, "to@example.test");
		admitted = account_limits_admit(
		    limits, message, start + rows[i].after_ms * (CLOCK_SECOND / 1000));
		assert_int_equal(message->disposition, rows[i].becomes);
		assert_int_equal(admitted, rows[i].becomes == MESSAGE_DELIVER);
		if (!admitted)
			assert_true(g_str_has_prefix(message->refusal, "the text"));
		message_unref(message);
	}
	account_limits_destroy(limits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_remembered),
	    cmocka_unit_test_setup_teardown(test_what_limits_let_pass, fixture_begin, limit_end),
	    cmocka_unit_test_setup_teardown(
		test_an_account_at_its_limit_touches_no_other, fixture_begin, limit_end),
	    cmocka_unit_test_setup_teardown(test_workers_share_a_limit, fixture_begin, limit_end),
	    cmocka_unit_test_setup_teardown(test_hours_and_days_turn, fixture_begin, limit_end),
	    cmocka_unit_test_setup_teardown(test_the_api_is_limited, fixture_begin, limit_end),
	};

	return cmocka_run_group_tests(tests, setup_with_clock, fixture_teardown);
}
