#include "tests/unit/claim_fixture.h"

#include <inttypes.h>

#include "db/account_lookup.h"
#include "db/smtp_log.h"

/* What a report finds of the delivery. */
static enum db_status
read_log(struct fixture *fixture, const struct message *message, unsigned index, GString *log,
    bool *found, struct error *error)
{
	const struct message_recipient *recipient = message->recipients->pdata[index];
	struct db_connection *connection = db_connection_create(fixture->conninfo);
	enum db_status status = smtp_log_read_transactional(
	    connection, message->account_id, recipient->delivery_id, log, NULL, found, error);

	db_connection_destroy(connection);
	return status;
}

static char *
logged(struct fixture *fixture, const struct message *message, unsigned index)
{
	GString *log = g_string_new(NULL);
	struct error error;
	bool found;

	assert_int_equal(read_log(fixture, message, index, log, &found, &error), DB_STATUS_OK);
	assert_true(found);
	return g_string_free(log, FALSE);
}

static struct attempt *
attempt(int number, enum attempt_status status, const char *result)
{
	struct attempt *made = attempt_create(number);

	made->status = status;
	made->started_at = made->finished_at = clock_now();
	made->next_attempt_at = clock_now() + 3600 * CLOCK_SECOND;
	made->result = g_strdup(result);
	g_string_printf(made->transcript, "attempt %d\nresult %s\n", number, result);
	return made;
}

static void
count_up(void *arg)
{
	++*(unsigned *)arg;
}

static void
test_attempts_are_recorded(void **state)
{
	static const enum attempt_status statuses[] = {
	    ATTEMPT_DELIVERED, ATTEMPT_DEFERRED, ATTEMPT_FAILED};
	static const char *const results[] = {"delivered 2.0.0", "deferred 4.3.0", "failed 5.1.1"};
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	unsigned recorded = 0;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	for (unsigned i = 0; i < 3; i++)
		queue_record(fixture->worker, delivery_create(message, i),
		    attempt(1, statuses[i], results[i]), count_up, &recorded);
	assert_int_equal(queue_records_pending(fixture->worker), 3);
	fixture_run_until(fixture, &recorded, 3);
	assert_int_equal(queue_records_pending(fixture->worker), 0);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 1);
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM queue WHERE claim IS NULL AND attempts = 1 "
			     "AND next_attempt_at > now() + interval '59 min'"),
	    1);
	assert_int_equal(
	    fixture_number(fixture,
		"SELECT count(*) FROM smtp_log l JOIN message USING (account_id, message_id) "
		"WHERE started_at IS NULL AND transcript IS NULL AND conversation IS NOT NULL "
		"AND CASE status WHEN 'delivered' THEN result IS NULL ELSE result LIKE status || '%' END"),
	    3);
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *log = logged(fixture, message, i);
		g_autofree char *expected = g_strdup_printf("attempt 1\nresult %s\n", results[i]);

		assert_string_equal(log, expected);
	}
	message_unref(message);
}

/* A record made while the database is away is written first; made twice, it is there once. */
static void
test_records_survive_a_reconnection(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	struct attempt *repeated = attempt(1, ATTEMPT_DEFERRED, "deferred 4.3.0");
	unsigned recorded = 0;
	g_autofree char *status = NULL, *log = NULL, *again = NULL;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	fixture_kill_connections(fixture);
	queue_record(fixture->worker, delivery_create(message, 0),
	    attempt(1, ATTEMPT_DELIVERED, "delivered 2.0.0"), count_up, &recorded);
	fixture_run_until(fixture, &fixture->ups, 2);
	assert_int_equal(recorded, 1);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM queue WHERE claim IS NULL"), 2);
	queue_record(fixture->worker, delivery_create(message, 0), repeated, count_up, &recorded);
	fixture_run_until(fixture, &recorded, 2);
	status = fixture_text(fixture, "SELECT status FROM smtp_log");
	assert_string_equal(status, "delivered");
	log = logged(fixture, message, 0);
	assert_string_equal(
	    log, "attempt 1\nresult delivered 2.0.0\nattempt 1\nresult deferred 4.3.0\n");
	queue_record(fixture->worker, delivery_create(message, 0),
	    attempt(1, ATTEMPT_DEFERRED, "deferred 4.3.0"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 3);
	again = logged(fixture, message, 0);
	assert_string_equal(again, log);
	message_unref(message);
}

/* What no encoder takes is stored as text, mended; a row of before is text; both are read beside what is encoded. */
static void
test_transcripts_that_are_text(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	struct attempt *first = attempt(1, ATTEMPT_DEFERRED, "deferred 4.3.0");
	struct attempt *second = attempt(2, ATTEMPT_DELIVERED, "delivered 2.0.0");
	unsigned recorded = 0;
	g_autofree char *log = NULL;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	g_string_assign(first->transcript, "attempt 1\n\xff\n");
	queue_record(fixture->worker, delivery_create(message, 0), first, count_up, &recorded);
	fixture_run_until(fixture, &recorded, 1);
	queue_record(fixture->worker, delivery_create(message, 0), second, count_up, &recorded);
	fixture_run_until(fixture, &recorded, 2);
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(*) FROM smtp_log WHERE transcript IS NOT NULL "
			     "AND conversation IS NULL AND attempt = 1"),
	    1);
	log = logged(fixture, message, 0);
	assert_string_equal(log, "attempt 1\n\xef\xbf\xbd\nattempt 2\nresult delivered 2.0.0\n");
	message_unref(message);
}

/* Somebody wrote into the table: the report fails, and says which row. */
static void
test_a_broken_conversation_is_an_error(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	unsigned recorded = 0;
	GString *log = g_string_new("");
	struct error error;
	bool found = true;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	queue_record(fixture->worker, delivery_create(message, 0),
	    attempt(1, ATTEMPT_DELIVERED, "delivered 2.0.0"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 1);
	fixture_execute(fixture->data, "UPDATE smtp_log SET conversation = '\\x0299'");
	assert_int_equal(read_log(fixture, message, 0, log, &found, &error), DB_STATUS_FAILED);
	assert_false(found);
	assert_non_null(strstr(error.text, "is broken"));
	assert_string_equal(log->str, "");
	g_string_free(log, TRUE);
	message_unref(message);
}

static void
test_a_record_that_cannot_be_logged(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	struct delivery *old;
	unsigned recorded = 0;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	old = delivery_create(message, 1);
	old->delivery_id = 5; /* of 1970: its partition is gone */
	fixture_execute(
	    fixture->data, "UPDATE queue SET delivery_id = 5 WHERE recipient = 'b@example.test'");
	queue_record(fixture->worker, delivery_create(message, 0),
	    attempt(1, ATTEMPT_DELIVERED, "delivered 2.0.0"), count_up, &recorded);
	queue_record(fixture->worker, old, attempt(1, ATTEMPT_DELIVERED, "delivered 2.0.0"),
	    count_up, &recorded);
	fixture_run_until(fixture, &recorded, 2);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 1);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM smtp_log"), 1);
	message_unref(message);
}

/* The operator holds what is thought to be left; then its worker is back and says what became of it. */
static void
test_held_stays_held(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 100);
	struct fixture_stored stored = {0};
	struct claimed claimed = {0};
	struct due due = {0};
	unsigned recorded = 0;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	fixture_execute(
	    fixture->data, "UPDATE queue SET claim = NULL, next_attempt_at = 'infinity'");
	queue_record(fixture->worker, delivery_create(message, 0),
	    attempt(1, ATTEMPT_DEFERRED, "deferred 4.3.0"), count_up, &recorded);
	queue_record(fixture->worker, delivery_create(message, 1),
	    attempt(1, ATTEMPT_DELIVERED, "delivered 2.0.0"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 2);
	assert_int_equal(
	    fixture_number(fixture,
		"SELECT count(*) FROM queue WHERE claim IS NULL AND next_attempt_at = 'infinity'"),
	    2);
	claim(fixture, 10, 1 << 20, &claimed);
	assert_int_equal(claimed.deliveries->len, 0);
	g_ptr_array_unref(claimed.deliveries);
	queue_next_due(fixture->worker, claim_on_due, &due);
	fixture_run_until(fixture, &due.answers, 1);
	assert_int_equal(due.when, INT64_MAX);
	message_unref(message);
}

static void
test_a_dead_workers_claims_are_freed(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct fixture other = *fixture;
	struct message *message = fixture_message(NULL, three, 10);
	struct fixture_stored stored = {0};
	int64_t waited;

	other.ups = 0;
	other.worker = db_worker_create(
	    fixture->base, fixture->conninfo, "other", &fixture_no_ledger, &fixture_events, &other);
	fixture_run_until(fixture, &other.ups, 1);
	fixture_put(&other, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	fixture->wakes = 0;
	db_worker_destroy(other.worker); /* without leaving: its sessions just end */
	waited =
	    fixture_run_until_number(fixture, "SELECT count(*) FROM queue WHERE claim IS NULL", 3);
	assert_in_range(waited, 0, 2 * CLOCK_SECOND);
	fixture_run_until(fixture, &fixture->wakes, 1);
	fixture_run_until_number(fixture, "SELECT count(*) FROM worker", 1);
	message_unref(message);
}

static void
test_leaving_gives_claims_back(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, three, 10);
	struct fixture_stored stored = {0};
	unsigned left = 0;

	fixture_put(fixture, message, MESSAGE_CLAIM_MINE, &stored);
	fixture_run_until(fixture, &stored.mine, 1);
	db_worker_leave(fixture->worker, count_up, &left);
	assert_int_equal(left, 0);
	fixture_run_until(fixture, &left, 1);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM queue WHERE claim IS NULL"), 3);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM worker"), 0);
	message_unref(message);
}

struct looked_up {
	unsigned answers, count;
	int64_t first;
};

static void
on_networks(
    void *arg, enum db_outcome outcome, const struct account_identity *accounts, unsigned count)
{
	struct looked_up *looked_up = arg;

	assert_int_equal(outcome, DB_OK);
	looked_up->answers++;
	looked_up->count = count;
	looked_up->first = accounts != NULL && count > 0 ? accounts[0].account_id : 0;
}

static void
on_account(void *arg, enum db_outcome outcome, const struct account_identity *account)
{
	on_networks(arg, outcome, account, account != NULL);
}

static void
on_group(void *arg, enum db_outcome outcome, bool exists)
{
	on_networks(arg, outcome, NULL, exists);
}

static void
test_look_ups(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct looked_up found = {0};
	static const struct {
		const char *ip;
		unsigned count;
		int64_t first;
	} rows[] = {
	    {"192.0.2.7", 2, 2}, /* the narrower network first */
	    {"192.0.2.200", 1, 1},
	    {"2001:db8::1%eth0", 1, 1},
	    {"198.51.100.1", 0, 0},
	};
	unsigned answers = 0;

	fixture_execute(fixture->data,
	    "INSERT INTO account_network (account_id, network) VALUES "
	    "(1, '192.0.2.0/24'), (2, '192.0.2.0/28'), (1, '2001:db8::/32')");
	for (unsigned i = 0; i < 2 * G_N_ELEMENTS(rows); i++) { /* asked, then remembered */
		unsigned row = i % G_N_ELEMENTS(rows);

		account_find_by_address(fixture->worker, rows[row].ip, on_networks, &found);
		fixture_run_until(fixture, &found.answers, ++answers);
		assert_int_equal(found.count, rows[row].count);
		assert_int_equal(found.first, rows[row].first);
	}
	account_find_by_name(fixture->worker, "ALPHA", on_account, &found);
	fixture_run_until(fixture, &found.answers, ++answers);
	assert_int_equal(found.first, 1);
	account_find_by_name(fixture->worker, "nobody\xff", on_account, &found);
	fixture_run_until(fixture, &found.answers, ++answers);
	assert_int_equal(found.count, 0);
	transactional_group_find(fixture->worker, 1, 1000001, on_group, &found);
	fixture_run_until(fixture, &found.answers, ++answers);
	assert_int_equal(found.count, 1);
	transactional_group_find(fixture->worker, 1, 1000002, on_group, &found);
	fixture_run_until(fixture, &found.answers, ++answers);
	assert_int_equal(found.count, 0);
	account_find_by_name(fixture->worker, "alpha", on_account, &found);
	account_lookup_cancel(fixture->worker, &found);
	fixture_execute(fixture->data, "DELETE FROM account_network");
	fixture_execute(fixture->data, "NOTIFY bracemail_account");
	do { /* until the notification came */
		account_find_by_address(fixture->worker, "192.0.2.7", on_networks, &found);
		fixture_run_until(fixture, &found.answers, ++answers);
	} while (found.count > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_attempts_are_recorded, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_records_survive_a_reconnection, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_transcripts_that_are_text, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_a_broken_conversation_is_an_error, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_a_record_that_cannot_be_logged, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_held_stays_held, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_a_dead_workers_claims_are_freed, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_leaving_gives_claims_back, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_look_ups, fixture_begin, fixture_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
