/* Bounces recorded with their attempts, and what the lists say of deliveries (db/record_batch.h,
 * db/suppressed.h). */
#include "tests/unit/db_fixture.h"

static const char *const three[] = {"Ann@example.test", "b@example.test", "c@example.test", NULL};

static void
count_up(void *arg)
{
	++*(unsigned *)arg;
}

static struct attempt *
failed_attempt(enum attempt_bounce bounce, unsigned smtp_code, const char *result)
{
	struct attempt *attempt = attempt_create(1);

	attempt->status = ATTEMPT_FAILED;
	attempt->started_at = attempt->finished_at = clock_now();
	attempt->result = g_strdup(result);
	attempt->bounce = bounce;
	attempt->smtp_code = smtp_code;
	g_string_printf(attempt->transcript, "attempt 1\nresult %s\n", result);
	return attempt;
}

static struct message *
store(struct fixture *fixture, enum message_claim claim)
{
	struct message *message = fixture_message(NULL, three, 10);
	struct fixture_stored stored = {0};

	fixture_put(fixture, message, claim, &stored);
	fixture_run_until(fixture, &stored.ok, 1);
	return message;
}

static const struct suppression *
suppression_of_recipient(const struct message *message, unsigned index)
{
	const struct message_recipient *recipient = message->recipients->pdata[index];

	return recipient->suppression;
}

static void
clear_lists(struct fixture *fixture)
{
	fixture_execute(fixture->data, "TRUNCATE bounce, suppression");
}

/* A record that is written twice bounces once; a deletion between the two stands. */
static void
test_bounces_are_recorded_once(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = store(fixture, MESSAGE_CLAIM_MINE);
	unsigned recorded = 0;
	g_autofree char *entry = NULL, *bounces = NULL;

	clear_lists(fixture);
	queue_record(fixture->worker, delivery_create(message, 0),
	    failed_attempt(ATTEMPT_BOUNCE_DEFINITIVE, 550, "failed 5.1.1"), count_up, &recorded);
	queue_record(fixture->worker, delivery_create(message, 1),
	    failed_attempt(ATTEMPT_BOUNCE_PASSING, 0, "failed 4.4.7"), count_up, &recorded);
	queue_record(fixture->worker, delivery_create(message, 2),
	    failed_attempt(ATTEMPT_BOUNCE_NONE, 0, "failed 5.7.1"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 3);
	entry = fixture_text(fixture,
	    "SELECT string_agg(concat_ws(' ', account_id, kind, email_address, smtp_code, status_code), ',') "
	    "FROM suppression");
	assert_string_equal(entry, "1 bounce Ann@example.test 550 5.1.1");
	bounces = fixture_text(fixture,
	    "SELECT string_agg(concat_ws(' ', address_key, smtp_code, status_code, definitive), ',' "
	    " ORDER BY address_key) FROM bounce");
	assert_string_equal(bounces, "ann@example.test 550 5.1.1 t,b@example.test 4.4.7 f");
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM queue"), 0);

	fixture_execute(fixture->data, "DELETE FROM suppression");
	queue_record(fixture->worker, delivery_create(message, 0),
	    failed_attempt(ATTEMPT_BOUNCE_DEFINITIVE, 550, "failed 5.1.1"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 4);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM bounce"), 2);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM suppression"), 0);
	message_unref(message);
}

/* Two deliveries to one address in one batch, and an entry that is there already. */
static void
test_one_entry_for_an_address(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *first = store(fixture, MESSAGE_CLAIM_MINE);
	struct message *second = store(fixture, MESSAGE_CLAIM_MINE);
	unsigned recorded = 0;

	clear_lists(fixture);
	fixture_execute(fixture->data,
	    "INSERT INTO suppression (account_id, kind, email_address) VALUES (1, 'bounce', 'B@EXAMPLE.test')");
	for (unsigned i = 0; i < 2; i++) {
		queue_record(fixture->worker, delivery_create(first, i),
		    failed_attempt(ATTEMPT_BOUNCE_DEFINITIVE, 550, "failed 5.1.1"), count_up,
		    &recorded);
		queue_record(fixture->worker, delivery_create(second, i),
		    failed_attempt(ATTEMPT_BOUNCE_DEFINITIVE, 551, "failed 5.1.6"), count_up,
		    &recorded);
	}
	fixture_run_until(fixture, &recorded, 4);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM bounce"), 4);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM suppression"), 2);
	assert_int_equal(
	    fixture_number(fixture,
		"SELECT smtp_code FROM suppression WHERE address_key = 'ann@example.test'"),
	    550);
	message_unref(first);
	message_unref(second);
}

static void
test_bounces_of_an_account_that_is_gone(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = store(fixture, MESSAGE_CLAIM_MINE);
	struct delivery *delivery = delivery_create(message, 0);
	unsigned recorded = 0;

	clear_lists(fixture);
	delivery->account_id = 999;
	queue_record(fixture->worker, delivery,
	    failed_attempt(ATTEMPT_BOUNCE_DEFINITIVE, 550, "failed 5.1.1"), count_up, &recorded);
	fixture_run_until(fixture, &recorded, 1);
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM bounce"), 0);
	message_unref(message);
}

static void
list_two(struct fixture *fixture)
{
	clear_lists(fixture);
	fixture_execute(fixture->data,
	    "INSERT INTO suppression (account_id, kind, email_address, smtp_code, status_code, created_at) VALUES "
	    "(1, 'unsubscribe', 'aNN@example.test', NULL, NULL, now()), "
	    "(1, 'bounce', 'ANN@example.test', 550, '5.1.1', '2026-03-19T14:05:11.042Z'), "
	    "(1, 'unsubscribe', 'c@example.test', NULL, NULL, now()), "
	    "(2, 'bounce', 'b@example.test', 550, '5.1.1', now())");
}

static void
test_the_store_tells_who_is_listed(void **state)
{
	struct fixture *fixture = fixture_get(state);
	const struct suppression *suppression;
	struct message *message;
	struct delivery *delivery;

	list_two(fixture);
	message = store(fixture, MESSAGE_CLAIM_MINE);
	suppression = suppression_of_recipient(message, 0);
	assert_int_equal(suppression->kind, SUPPRESSION_BOUNCE);
	assert_int_equal(suppression->smtp_code, 550);
	assert_string_equal(suppression->status_code, "5.1.1");
	assert_int_equal(suppression->since, INT64_C(1773929111042000));
	assert_null(suppression_of_recipient(message, 1));
	suppression = suppression_of_recipient(message, 2);
	assert_int_equal(suppression->kind, SUPPRESSION_UNSUBSCRIBE);
	assert_int_equal(suppression->smtp_code, 0);
	assert_string_equal(suppression->status_code, "");
	delivery = delivery_create(message, 0);
	assert_int_equal(delivery->suppression->smtp_code, 550);
	delivery_free(delivery);
	delivery = delivery_create(message, 1);
	assert_null(delivery->suppression);
	delivery_free(delivery);
	message_unref(message);
}

static void
on_claimed(void *arg, GPtrArray *deliveries, bool more)
{
	assert_non_null(deliveries);
	assert_false(more);
	*(GPtrArray **)arg = deliveries;
}

static void
test_claims_tell_who_is_listed(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct message *message = store(fixture, MESSAGE_CLAIM_NONE);
	GPtrArray *deliveries = NULL;

	assert_null(suppression_of_recipient(message, 0));
	list_two(fixture);
	queue_claim(fixture->worker, 10, 1 << 20, on_claimed, &deliveries);
	while (deliveries == NULL)
		event_base_loop(fixture->base, EVLOOP_ONCE);
	assert_int_equal(deliveries->len, 3);
	for (guint i = 0; i < deliveries->len; i++) {
		struct delivery *delivery = deliveries->pdata[i];

		if (g_str_equal(delivery->recipient, "b@example.test"))
			assert_null(delivery->suppression);
		else
			assert_int_equal(delivery->suppression->kind,
			    delivery->recipient[0] == 'A' ? SUPPRESSION_BOUNCE
							  : SUPPRESSION_UNSUBSCRIBE);
		delivery_free(delivery);
	}
	g_ptr_array_unref(deliveries);
	message_unref(message);
}

/* What a test before this one said may come first. */
static void
wait_for_unsubscriber(struct fixture *fixture, const char *unsubscriber)
{
	while (g_strcmp0(fixture->unsubscriber, unsubscriber) != 0)
		fixture_run_until(fixture, &fixture->unsubscribed, fixture->unsubscribed + 1);
}

/* Whoever lists it; once, when it is new. */
static void
test_workers_are_told_who_unsubscribed(void **state)
{
	struct fixture *fixture = fixture_get(state);
	unsigned before;

	clear_lists(fixture);
	fixture_execute(fixture->data,
	    "INSERT INTO suppression (account_id, kind, email_address) VALUES "
	    "(1, 'bounce', 'gone@example.test'), (1, 'unsubscribe', 'Ann Lee@example.test')");
	wait_for_unsubscriber(fixture, "1 Ann Lee@example.test");
	before = fixture->unsubscribed;
	fixture_execute(fixture->data,
	    "INSERT INTO suppression (account_id, kind, email_address) VALUES "
	    "(1, 'unsubscribe', 'ANN LEE@example.test') ON CONFLICT DO NOTHING; "
	    "INSERT INTO suppression (account_id, kind, email_address) "
	    "VALUES (1, 'unsubscribe', 'b@example.test')");
	wait_for_unsubscriber(fixture, "1 b@example.test");
	assert_int_equal(fixture->unsubscribed, before + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_bounces_are_recorded_once, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_one_entry_for_an_address, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_bounces_of_an_account_that_is_gone, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_the_store_tells_who_is_listed, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_claims_tell_who_is_listed, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_workers_are_told_who_unsubscribed, fixture_begin, fixture_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
