/* What senders asked for, stored and read back; and reports, stored with the record that they are about, once. */
#include "tests/unit/db_fixture.h"

#define REPORTS "SELECT count(*) FROM message WHERE client = 'report'"

struct taken {
	unsigned answers;
	GPtrArray *deliveries;
};

static void
on_taken(void *arg, GPtrArray *deliveries, bool more)
{
	struct taken *taken = arg;

	assert_false(more);
	taken->answers++;
	taken->deliveries = deliveries;
}

/* Everything that is due. */
static GPtrArray *
take(struct fixture *fixture)
{
	struct taken taken = {0};

	queue_claim(fixture->worker, 100, 1 << 20, on_taken, &taken);
	fixture_run_until(fixture, &taken.answers, 1);
	assert_non_null(taken.deliveries);
	return taken.deliveries;
}

static void
drop(GPtrArray *deliveries)
{
	g_ptr_array_set_free_func(deliveries, (GDestroyNotify)delivery_free);
	g_ptr_array_unref(deliveries);
}

static void
store(struct fixture *fixture, struct message *message)
{
	struct fixture_stored stored = {0};

	fixture_put(fixture, message, MESSAGE_CLAIM_NONE, &stored);
	fixture_run_until(fixture, &stored.ok, 1);
	message_unref(message);
}

static void
store_to(struct fixture *fixture, const char *const *recipients, unsigned notify)
{
	struct message *message = fixture_message(NULL, recipients, 10);

	for (guint i = 0; i < message->recipients->len; i++)
		((struct message_recipient *)message->recipients->pdata[i])->notify = notify;
	store(fixture, message);
}

static struct message *
report_about(const char *recipient)
{
	static const char *const sender[] = {"from@example.test", NULL};
	struct message *report = fixture_message(NULL, sender, 0);

	g_free(report->client);
	report->client = g_strdup("report");
	g_free(report->mail_from);
	report->mail_from = g_strdup("");
	g_string_append(report->body, recipient);
	return report;
}

static struct attempt *
attempt_with_report(const struct delivery *delivery, enum attempt_status status)
{
	struct attempt *attempt = attempt_create(delivery->attempts + 1);

	attempt->status = status;
	attempt->started_at = attempt->finished_at = clock_now();
	attempt->next_attempt_at = clock_now();
	attempt->result = g_strdup(status == ATTEMPT_FAILED ? "failed 5.1.1" : "deferred 4.2.0");
	g_ptr_array_add(attempt->reports, report_about(delivery->recipient));
	g_string_printf(attempt->transcript, "attempt %d\n", attempt->number);
	return attempt;
}

static void
count_up(void *arg)
{
	++*(unsigned *)arg;
}

/* Takes the deliveries. */
static void
record_all(struct fixture *fixture, GPtrArray *deliveries, enum attempt_status status)
{
	unsigned recorded = 0;

	for (guint i = 0; i < deliveries->len; i++) {
		struct delivery *delivery = deliveries->pdata[i];
		struct attempt *attempt = attempt_with_report(delivery, status);

		queue_record(fixture->worker, delivery, attempt, count_up, &recorded);
	}
	fixture_run_until(fixture, &recorded, deliveries->len);
	g_ptr_array_unref(deliveries);
}

static void
test_what_was_asked_is_read_back(void **state)
{
	static const char *const two[] = {"a@example.test", "b@example.test", NULL};
	struct fixture *fixture = fixture_get(state);
	struct message *message = fixture_message(NULL, two, 10);
	struct message_recipient *recipient = message->recipients->pdata[0];
	const struct delivery *first, *second;
	GPtrArray *taken;

	message->dsn_return = DSN_RETURN_HEADERS;
	message->envelope_id = g_strdup("x+2By");
	recipient->notify = DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY;
	recipient->original_recipient = g_strdup("rfc822;o@d");
	store(fixture, message);
	taken = take(fixture);
	assert_int_equal(taken->len, 2);
	first = taken->pdata[0];
	second = taken->pdata[1];
	if (!g_str_equal(first->recipient, "a@example.test")) {
		first = taken->pdata[1];
		second = taken->pdata[0];
	}
	assert_int_equal(first->message->dsn_return, DSN_RETURN_HEADERS);
	assert_string_equal(first->message->envelope_id, "x+2By");
	assert_int_equal(first->notify, DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY);
	assert_string_equal(first->original_recipient, "rfc822;o@d");
	assert_int_equal(second->notify, 0);
	assert_null(second->original_recipient);
	drop(taken);
}

static void
test_nothing_asked_is_null(void **state)
{
	static const char *const one[] = {"a@example.test", NULL};
	struct fixture *fixture = fixture_get(state);

	store_to(fixture, one, 0);
	assert_int_equal(fixture_number(fixture,
			     "SELECT num_nonnulls(notify, original_recipient, dsn_return, "
			     "envelope_id) FROM queue JOIN message USING (account_id, message_id)"),
	    0);
}

/* Each report is a message of its own, whose delivery is due at once. */
static void
test_reports_are_queued(void **state)
{
	static const char *const three[] = {
	    "a@example.test", "b@example.test", "c@example.test", NULL};
	struct fixture *fixture = fixture_get(state);
	GPtrArray *reports;

	store_to(fixture, three, DSN_NOTIFY_FAILURE);
	record_all(fixture, take(fixture), ATTEMPT_FAILED);
	fixture_run_until(fixture, &fixture->wakes, 1);
	reports = take(fixture);
	assert_int_equal(reports->len, 3);
	for (guint i = 0; i < reports->len; i++) {
		const struct delivery *report = reports->pdata[i];

		assert_string_equal(report->recipient, "from@example.test");
		assert_string_equal(report->message->mail_from, "");
		assert_string_equal(report->message->client, "report");
		assert_int_equal(report->message->group_id, 0);
		assert_int_equal(report->account_id, 1);
		for (guint n = 0; three[n] != NULL; n++)
			if (strstr(report->message->body->str, three[n]) != NULL)
				break;
			else
				assert_non_null(three[n + 1]);
	}
	assert_int_equal(fixture_number(fixture,
			     "SELECT count(DISTINCT content) FROM message WHERE client = 'report'"),
	    3);
	drop(reports);
}

/* A batch whose outcome is not known is written again; two workers may both have made the last attempt. */
static void
test_an_end_is_reported_once(void **state)
{
	static const char *const one[] = {"a@example.test", NULL};
	struct fixture *fixture = fixture_get(state);
	GPtrArray *taken, *again = g_ptr_array_new();
	struct delivery *copy;

	store_to(fixture, one, DSN_NOTIFY_FAILURE);
	taken = take(fixture);
	copy = g_memdup2(taken->pdata[0], sizeof(*copy));
	copy->recipient = g_strdup(copy->recipient);
	copy->message = message_ref(copy->message);
	g_ptr_array_add(again, copy);
	record_all(fixture, taken, ATTEMPT_FAILED);
	record_all(fixture, again, ATTEMPT_FAILED);
	assert_int_equal(fixture_number(fixture, REPORTS), 1);
}

static void
test_a_delay_is_reported_once(void **state)
{
	static const char *const one[] = {"a@example.test", NULL};
	struct fixture *fixture = fixture_get(state);
	const struct delivery *delivery;
	GPtrArray *taken;

	store_to(fixture, one, DSN_NOTIFY_DELAY | DSN_NOTIFY_FAILURE);
	record_all(fixture, take(fixture), ATTEMPT_DEFERRED);
	assert_int_equal(fixture_number(fixture, REPORTS), 1);
	fixture_execute(fixture->data, "DELETE FROM queue WHERE recipient = 'from@example.test'");
	taken = take(fixture);
	delivery = taken->pdata[0];
	assert_int_equal(delivery->notify, DSN_NOTIFY_DELAY | DSN_NOTIFY_FAILURE | DSN_NOTIFY_TOLD);
	record_all(fixture, taken, ATTEMPT_DEFERRED);
	assert_int_equal(fixture_number(fixture, REPORTS), 1);
	fixture_execute(fixture->data, "DELETE FROM queue WHERE recipient = 'from@example.test'");
	record_all(fixture, take(fixture), ATTEMPT_FAILED);
	assert_int_equal(fixture_number(fixture, REPORTS), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_what_was_asked_is_read_back, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_nothing_asked_is_null, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_reports_are_queued, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_an_end_is_reported_once, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(
		test_a_delay_is_reported_once, fixture_begin, fixture_end),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
