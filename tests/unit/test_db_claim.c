/* What a worker claims: in one database, and in one that is distributed. */
#include "tests/unit/claim_fixture.h"

#include "db/worker_private.h"

static void
test_claims_share_a_message(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct claimed claimed = {0};
	struct delivery *first;

	store_unclaimed(fixture, "Group", three, 5000);
	claim(fixture, 100, 1 << 20, &claimed);
	assert_int_equal(claimed.deliveries->len, 3);
	assert_false(claimed.more);
	first = claimed.deliveries->pdata[0];
	assert_int_equal(first->message->references, 3);
	assert_int_equal(first->share, message_size(first->message) / 3);
	assert_string_equal(
	    first->message->head->str, "Subject: A subject\r\nFrom: from@example.test\r\n");
	assert_int_equal(first->message->body->len, 5002);
	assert_memory_equal(first->message->body->str, "\r\nxx", 4);
	assert_string_equal(first->message->mail_from, "from@example.test");
	assert_null(first->composition);
	assert_int_equal(
	    fixture_number(fixture, "SELECT count(*) FROM queue JOIN worker ON worker_id = claim"),
	    3);
	claimed_clear(&claimed);
	claim(fixture, 100, 1 << 20, &claimed);
	assert_int_equal(claimed.deliveries->len, 0);
	claimed_clear(&claimed);
}

static void
test_claims_are_bounded(void **state)
{
	struct fixture *fixture = fixture_get(state);
	static const struct {
		unsigned limit;
		size_t bytes;
		unsigned wanted;
		bool more;
	} rows[] = {
	    {1, 1 << 20, 1, true},
	    {10, 10, 1, true}, /* the first always */
	    {10, 21000, 2, true},
	    {2, 1 << 20, 2, true},
	    {10, 1 << 20, 2, false},
	};

	for (int i = 0; i < 8; i++)
		store_unclaimed(fixture, NULL, one, 10000);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct claimed claimed = {0};

		claim(fixture, rows[i].limit, rows[i].bytes, &claimed);
		assert_int_equal(claimed.deliveries->len, rows[i].wanted);
		assert_int_equal(claimed.more, rows[i].more);
		claimed_clear(&claimed);
	}
}

static void
test_what_the_api_queued(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct claimed claimed = {0};
	struct delivery *a, *b, *mail;

	fixture_execute(fixture->data,
	    "INSERT INTO campaign (account_id, campaign_id, from_email, from_name, subject, message_plain, "
	    " message_html, options) VALUES (1, 77, 'f@example.test', 'F', 'S', 'plain', '<p>', '')");
	fixture_execute(fixture->data,
	    "INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject, composition) "
	    "SELECT 1, id, now(), 1000001, 0, false, 'api', '', 'S', "
	    "'{\"from_email\": \"g@example.test\", \"from_name\": \"\", \"subject\": \"S\", \"message_plain\": \"p\", \"message_html\": \"\", \"options\": \"\"}' "
	    "FROM ids_new(1) AS id");
	fixture_execute(fixture->data,
	    "INSERT INTO queue (account_id, delivery_id, message_id, campaign_id, recipient, queued_at, next_attempt_at, merge_fields) "
	    "VALUES (1, 1, NULL, 77, 'a@example.test', now(), now() - interval '3s', '{\"name\": \"Ann\"}'), "
	    "(1, 2, NULL, 77, 'b@example.test', now(), now() - interval '2s', NULL), "
	    "(1, 3, (SELECT message_id FROM message), NULL, 'c@example.test', now(), now() - interval '1s', NULL), "
	    "(1, 4, 5, NULL, 'gone@example.test', now(), now() - interval '1s', NULL)");
	claim(fixture, 1, 1 << 20, &claimed);
	a = claimed.deliveries->pdata[0];
	assert_null(a->message);
	assert_int_equal(a->composition->campaign_id, 77);
	assert_string_equal(a->composition->message_html, "<p>");
	assert_string_equal(a->merge_fields, "{\"name\": \"Ann\"}");
	g_ptr_array_unref(claimed.deliveries);
	claimed = (struct claimed){0};
	claim(fixture, 10, 1 << 20, &claimed);
	assert_int_equal(claimed.deliveries->len, 2); /* the one without its message is discarded */
	b = claimed.deliveries->pdata[0];
	assert_ptr_equal(b->composition, a->composition);
	mail = claimed.deliveries->pdata[1];
	assert_int_equal(mail->composition->campaign_id, 0);
	assert_string_equal(mail->composition->from_email, "g@example.test");
	assert_string_equal(mail->message->client, "api");
	delivery_free(a);
	claimed_clear(&claimed);
	fixture_run_until_number(fixture, "SELECT count(*) FROM queue WHERE delivery_id = 4", 0);
}

static void
test_release_and_next_due(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct claimed claimed = {0};
	struct due due = {0};
	int64_t when = clock_now() + 60 * CLOCK_SECOND;

	queue_next_due(fixture->worker, claim_on_due, &due);
	fixture_run_until(fixture, &due.answers, 1);
	assert_int_equal(due.when, INT64_MAX);
	store_unclaimed(fixture, NULL, three, 10);
	claim(fixture, 10, 1 << 20, &claimed);
	for (guint i = 0; i < claimed.deliveries->len; i++)
		queue_release(fixture->worker, g_ptr_array_index(claimed.deliveries, i), when);
	g_ptr_array_unref(claimed.deliveries);
	fixture_run_until_number(
	    fixture, "SELECT count(*) FROM queue WHERE claim IS NULL AND attempts = 0", 3);
	queue_next_due(fixture->worker, claim_on_due, &due);
	fixture_run_until(fixture, &due.answers, 2);
	assert_int_equal(due.when, when);
}

/* Of several accounts in one answer, and of what another worker has already nothing. */
static void
test_claims_of_accounts(void **state)
{
	static const struct {
		unsigned limit, wanted;
		bool more;
	} rows[] = {{4, 4, true}, {1, 1, true}, {10, 4, false}, {10, 0, false}};
	struct fixture *fixture = fixture_get(state);
	int64_t accounts = 0;

	fixture_execute(fixture->data,
	    "INSERT INTO campaign (account_id, campaign_id, from_email, from_name, subject, message_plain, message_html, options) "
	    "SELECT account_id, 70 + account_id, 'f@example.test', '', 'S', 'plain', '', '' FROM generate_series(1, 2) AS account_id");
	fixture_execute(fixture->data,
	    "INSERT INTO queue (account_id, delivery_id, campaign_id, recipient, queued_at, next_attempt_at, claim) "
	    "SELECT 1 + n % 2, n, 71 + n % 2, 'a@example.test', now(), now() - 10 * interval '1s' + n * interval '1s', NULL "
	    "FROM generate_series(1, 9) AS n");
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct claimed claimed = {0};

		claim(fixture, rows[i].limit, 1 << 20, &claimed);
		assert_int_equal(claimed.deliveries->len, rows[i].wanted);
		assert_int_equal(claimed.more, rows[i].more);
		for (unsigned j = 0; j < claimed.deliveries->len; j++) {
			const struct delivery *delivery = claimed.deliveries->pdata[j];

			assert_int_equal(
			    delivery->composition->campaign_id, 70 + delivery->account_id);
			accounts += delivery->account_id;
		}
		claimed_clear(&claimed);
	}
	assert_int_equal(accounts, 5 * 2 + 4 * 1);
}

static void
test_suppressed_are_told(void **state)
{
	struct fixture *fixture = fixture_get(state);
	struct claimed claimed = {0};
	unsigned suppressed = 0;

	fixture_execute(fixture->data,
	    "INSERT INTO suppression (account_id, kind, email_address) VALUES (1, 'unsubscribe', 'B@example.test'), (2, 'bounce', 'a@example.test')");
	store_unclaimed(fixture, NULL, three, 10);
	claim(fixture, 10, 1 << 20, &claimed);
	assert_int_equal(claimed.deliveries->len, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct delivery *delivery = claimed.deliveries->pdata[i];

		if (delivery->suppression == NULL)
			continue;
		assert_string_equal(delivery->recipient, "b@example.test");
		assert_int_equal(delivery->suppression->kind, SUPPRESSION_UNSUBSCRIBE);
		suppressed++;
	}
	assert_int_equal(suppressed, 1);
	claimed_clear(&claimed);
	fixture_execute(fixture->data, "DELETE FROM suppression");
}

/* Of a pipeline, whether its transactions are blocks to PostgreSQL. */
struct block {
	struct fixture *fixture;
	unsigned ups, answers, failed;
	enum pipeline_status status; /* the last answer's */
	bool has_result;
};

enum { BLOCK_LOCK, BLOCK_FAILURE };

static const struct pipeline_statement block_statements[] = {
    /* "can only be used in transaction blocks" */
    [BLOCK_LOCK] = {"block_lock", "LOCK TABLE worker IN ACCESS SHARE MODE"},
    [BLOCK_FAILURE] = {"block_failure", "SELECT 1 / 0"},
    {NULL, NULL},
};

static void
block_on_up(void *arg)
{
	((struct block *)arg)->ups++;
}

static void
block_on_done(void *arg, const struct pipeline_outcome *outcome)
{
	struct block *block = arg;

	block->answers++;
	block->failed += outcome->status == PIPELINE_FAILED;
	block->status = outcome->status;
	block->has_result =
	    outcome->results != NULL && strcmp(PQcmdStatus(outcome->results[0]), "LOCK TABLE") == 0;
}

static void
block_send(struct pipeline *pipeline, int statement, struct block *block)
{
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &block_statements[statement], NULL);
	pipeline_commit(pipeline, block_on_done, block);
}

static void
test_what_is_distributed_is_changed_in_blocks(void **state)
{
	static const char *const no_listens[] = {NULL};
	static const struct pipeline_statement *const statements[] = {block_statements, NULL};
	static const struct pipeline_profile profile = {
	    .name = "block",
	    .settings = "SELECT",
	    .listens = no_listens,
	    .statements = statements,
	    .answer_seconds = FIXTURE_DEADLINE_SECONDS,
	};
	const struct pipeline_events events = {block_on_up, block_on_up, NULL};
	struct fixture *fixture = fixture_get(state);
	struct block block = {.fixture = fixture};
	struct pipeline *pipeline =
	    pipeline_create(fixture->base, fixture->conninfo, &profile, &events, &block);
	bool is_distributed;

	fixture_run_until(fixture, &block.ups, 1);
	is_distributed =
	    fixture_number(
		fixture, "SELECT count(*) FROM pg_class WHERE relname = 'pg_dist_partition'") > 0;
	assert_int_equal(pipeline_is_distributed(pipeline), is_distributed);
	for (unsigned i = 1; i <= 2; i++) { /* a failure leaves nothing to the next */
		block_send(pipeline, BLOCK_FAILURE, &block);
		block_send(pipeline, BLOCK_LOCK, &block);
		fixture_run_until(fixture, &block.answers, 2 * i);
		assert_int_equal(
		    block.status, is_distributed ? PIPELINE_COMMITTED : PIPELINE_FAILED);
		assert_int_equal(block.has_result, is_distributed);
		assert_int_equal(block.failed, is_distributed ? i : 2 * i);
	}
	assert_int_equal(block.ups, 1);
	pipeline_destroy(pipeline);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_claims_share_a_message, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_claims_are_bounded, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_what_the_api_queued, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_release_and_next_due, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_claims_of_accounts, fixture_begin, fixture_end),
	    cmocka_unit_test_setup_teardown(test_suppressed_are_told, fixture_begin, fixture_end),
	    cmocka_unit_test(test_what_is_distributed_is_changed_in_blocks),
	};

	return cmocka_run_group_tests_name("one database", tests, fixture_setup, fixture_teardown) +
	    cmocka_run_group_tests_name(
		"distributed", tests, fixture_setup_distributed, fixture_teardown);
}
