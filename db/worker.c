#include "db/worker.h"

#include <assert.h>

#include <glib.h>

#include "base/log.h"

#include "db/restored.h"
#include "db/worker_private.h"

/*
 * Every statement finds its rows by key, whatever the statistics say: the queue is empty at one moment and holds a
 * million rows at the next, and a generic plan made in the first must serve the second. Citus does not plan without the values: its
 * shards are found by them.
 *
 * The server gives up a client that is silent for 10 s and leaves 4 keepalives unanswered, 30 s in all; the client
 * gives up the server earlier (WORKER_RESULTS_ANSWER_SECONDS, a reaper's query each second): it stops
 * delivering before its lock is free.
 */
#define WORKER_SETTINGS(statement_timeout)                                                         \
	"SELECT set_config('synchronous_commit', 'on', false),"                                    \
	" set_config('timezone', 'UTC', false),"                                                   \
	" set_config('statement_timeout', '" statement_timeout "', false),"                        \
	" set_config('idle_in_transaction_session_timeout', '30s', false),"                        \
	" set_config('idle_session_timeout', '0', false),"                                         \
	" set_config('tcp_keepalives_idle', '10', false),"                                         \
	" set_config('tcp_keepalives_interval', '5', false),"                                      \
	" set_config('tcp_keepalives_count', '4', false),"                                         \
	" set_config('tcp_user_timeout', '30s', false),"                                           \
	" set_config('plan_cache_mode', CASE WHEN " PIPELINE_IS_DISTRIBUTED_SQL                    \
	" THEN 'force_custom_plan' ELSE 'force_generic_plan' END, false),"                         \
	" set_config('enable_seqscan', 'off', false),"                                             \
	" set_config('enable_bitmapscan', 'off', false),"                                          \
	" set_config('enable_hashjoin', 'off', false),"                                            \
	" set_config('enable_mergejoin', 'off', false),"                                           \
	" set_config('jit', 'off', false)"

static const char *const worker_no_listens[] = {NULL};
static const char *const worker_listens[] = {"LISTEN bracemail_queue", "LISTEN bracemail_account",
    "LISTEN bracemail_unsubscribe", "LISTEN bracemail_campaign_deleted", NULL};

static const struct pipeline_statement *const worker_accept_statements[] = {
    message_store_statements, NULL};
static const struct pipeline_statement *const worker_results_statements[] = {
    worker_clock_statements, worker_identity_statements, queue_claim_statements,
    queue_record_statements, return_path_setup_statements, NULL};
static const struct pipeline_statement *const worker_lookup_statements[] = {
    account_lookup_statements, dkim_key_lookup_statements, bounce_record_statements,
    bounce_origin_statements, unsubscribe_record_statements, mta_sts_store_statements, NULL};

static const struct pipeline_profile worker_accept_profile = {
    .name = "accept",
    .settings = WORKER_SETTINGS("60s"),
    .listens = worker_no_listens,
    .statements = worker_accept_statements,
    .answer_seconds = WORKER_ACCEPT_ANSWER_SECONDS,
};

static const struct pipeline_profile worker_results_profile = {
    .name = "results",
    .settings = WORKER_SETTINGS("15s"),
    .listens = worker_listens,
    .statements = worker_results_statements,
    .answer_seconds = WORKER_RESULTS_ANSWER_SECONDS,
};

static const struct pipeline_profile worker_lookup_profile = {
    .name = "lookup",
    .settings = WORKER_SETTINGS("15s"),
    .listens = worker_no_listens,
    .statements = worker_lookup_statements,
    .answer_seconds = WORKER_LOOKUP_ANSWER_SECONDS,
};

static const char *const worker_state_names[] = {
    [WORKER_AWAY] = "away",
    [WORKER_REGISTERING] = "registering",
    [WORKER_RECORDING] = "recording",
    [WORKER_CHECKING] = "checking",
    [WORKER_REAPING] = "reaping",
    [WORKER_READY] = "ready",
    [WORKER_UP] = "up",
    [WORKER_LEAVING] = "leaving",
    [WORKER_LEFT] = "left",
};

void
worker_enter_state(struct db_worker *worker, enum worker_state state)
{
	log_debug("worker", "state=%s identity=%" G_GINT64_FORMAT, worker_state_names[state],
	    worker->identity);
	worker->state = state;
}

bool
worker_accepts(const struct db_worker *worker)
{
	return worker->is_accept_checked && pipeline_is_ready(worker->accept);
}

void
worker_consider_up(struct db_worker *worker)
{
	if (worker->state != WORKER_READY || !worker_accepts(worker) ||
	    !pipeline_is_ready(worker->lookup))
		return;
	worker_enter_state(worker, WORKER_UP);
	log_info("worker-up", "worker_id=%" G_GINT64_FORMAT, worker->identity);
	worker->events.up(worker->arg);
}

void
worker_have_checked(struct db_worker *worker, enum worker_check_for whom)
{
	if (worker->check != NULL)
		worker_check_want(worker->check, whom);
	else
		worker_on_checked(worker, whom);
}

static void
worker_forget_check(struct db_worker *worker, enum worker_check_for whom)
{
	if (worker->check != NULL)
		worker_check_forget(worker->check, whom);
}

void
worker_on_checked(struct db_worker *worker, unsigned whom)
{
	if ((whom & WORKER_CHECK_STORE) != 0 && pipeline_is_ready(worker->accept)) {
		worker->is_accept_checked = true;
		message_store_on_up(worker->store);
		worker_consider_up(worker);
	}
	if ((whom & WORKER_CHECK_IDENTITY) != 0)
		worker_identity_checked(worker);
}

static void
worker_on_accept_up(void *arg)
{
	worker_have_checked(arg, WORKER_CHECK_STORE);
}

static void
worker_on_accept_down(void *arg)
{
	struct db_worker *worker = arg;

	worker_forget_check(worker, WORKER_CHECK_STORE);
	worker->is_accept_checked = false;
	message_store_on_down(worker->store);
}

static void
worker_forget_accounts(struct db_worker *worker)
{
	account_lookups_forget(worker->lookups);
	dkim_key_lookups_forget(worker->dkim_keys);
}

static void
worker_on_results_up(void *arg)
{
	struct db_worker *worker = arg;

	/* What was notified while nobody listened is not known. */
	worker_forget_accounts(worker);
	/* Answered before the identity is ready: nothing leaves under a sender of before. */
	return_path_setup_read(worker->return_paths);
	worker_identity_take(worker);
}

static void
worker_on_results_down(void *arg)
{
	struct db_worker *worker = arg;
	bool was_up = worker->state == WORKER_UP;

	worker_forget_accounts(worker);
	worker_forget_check(worker, WORKER_CHECK_IDENTITY);
	worker_identity_lost(worker);
	if (was_up) {
		log_warning("worker-down", "worker_id=%" G_GINT64_FORMAT, worker->former);
		worker->events.down(worker->arg);
	}
}

/* payload: "account_id address". */
static void
worker_on_unsubscribed(struct db_worker *worker, const char *payload)
{
	char *address;
	int64_t account_id = g_ascii_strtoll(payload, &address, 10);

	if (address > payload && *address == ' ')
		worker->events.unsubscribed(worker->arg, account_id, address + 1);
}

/* payload: "account_id campaign_id". */
static void
worker_on_campaign_deleted(struct db_worker *worker, const char *payload)
{
	char *campaign_id;
	int64_t account_id = g_ascii_strtoll(payload, &campaign_id, 10);

	worker->events.campaign_deleted(
	    worker->arg, account_id, (int32_t)g_ascii_strtoll(campaign_id, NULL, 10));
}

static void
worker_on_notified(void *arg, const char *channel, const char *payload)
{
	struct db_worker *worker = arg;

	if (g_str_equal(channel, "bracemail_account")) {
		worker_forget_accounts(worker);
		return_path_setup_read(worker->return_paths);
	} else if (worker->state != WORKER_UP) {
		return;
	} else if (g_str_equal(channel, "bracemail_unsubscribe")) {
		worker_on_unsubscribed(worker, payload);
	} else if (g_str_equal(channel, "bracemail_campaign_deleted")) {
		worker_on_campaign_deleted(worker, payload);
	} else if (g_str_equal(payload, WORKER_PAYLOAD_RETRY)) {
		worker->events.queue_retry(worker->arg);
	} else {
		worker->events.queue_wake(worker->arg);
	}
}

static void
worker_on_lookup_up(void *arg)
{
	worker_consider_up(arg);
}

static void
worker_on_lookup_down(void *arg)
{
	(void)arg;
}

static void
worker_on_left(evutil_socket_t socket, short events, void *arg)
{
	struct db_worker *worker = arg;

	(void)socket;
	(void)events;
	worker_enter_state(worker, WORKER_LEFT);
	/* The last thing here: it may destroy the worker. */
	worker->left_done(worker->left_arg);
}

struct db_worker *
db_worker_create(struct event_base *base, const char *conninfo, const char *node,
    const struct restored_ledger *ledger, const struct db_worker_events *events, void *arg)
{
	const struct pipeline_events accept = {worker_on_accept_up, worker_on_accept_down, NULL};
	const struct pipeline_events results = {
	    worker_on_results_up, worker_on_results_down, worker_on_notified};
	const struct pipeline_events lookup = {worker_on_lookup_up, worker_on_lookup_down, NULL};
	struct db_worker *worker = g_new0(struct db_worker, 1);

	worker->base = base;
	worker->node = g_utf8_make_valid(node, -1);
	worker->events = *events;
	worker->arg = arg;
	worker->reaper = event_new(base, -1, EV_PERSIST, worker_identity_on_reap_timer, worker);
	worker->left = event_new(base, -1, 0, worker_on_left, worker);
	if (ledger->directory != NULL)
		worker->check = worker_check_create(worker, conninfo, ledger);
	worker->store = message_store_create(worker);
	worker->claims = queue_claims_create(worker);
	worker->records = queue_records_create(worker);
	worker->lookups = account_lookups_create(worker);
	worker->dkim_keys = dkim_key_lookups_create(worker);
	worker->return_paths = return_path_setup_create(worker);
	worker->accept = pipeline_create(base, conninfo, &worker_accept_profile, &accept, worker);
	worker->results =
	    pipeline_create(base, conninfo, &worker_results_profile, &results, worker);
	worker->lookup = pipeline_create(base, conninfo, &worker_lookup_profile, &lookup, worker);
	return worker;
}

bool
db_worker_is_up(const struct db_worker *worker)
{
	return worker->state == WORKER_UP;
}

void
db_worker_leave(struct db_worker *worker, void (*done)(void *arg), void *arg)
{
	assert(worker->state != WORKER_LEAVING && worker->state != WORKER_LEFT);
	worker->left_done = done;
	worker->left_arg = arg;
	event_del(worker->reaper);
	if (worker->identity == 0 || !pipeline_is_ready(worker->results)) {
		worker_enter_state(worker, WORKER_LEFT);
		event_active(worker->left, EV_TIMEOUT, 0);
		return;
	}
	worker_enter_state(worker, WORKER_LEAVING);
	worker_identity_leave(worker);
}

void
db_worker_destroy(struct db_worker *worker)
{
	if (worker == NULL)
		return;
	worker->state = WORKER_LEFT;
	worker->is_accept_checked = false;
	if (worker->check != NULL)
		worker_check_destroy(worker->check);
	pipeline_destroy(worker->accept);
	pipeline_destroy(worker->results);
	pipeline_destroy(worker->lookup);
	message_store_destroy(worker->store);
	queue_claims_destroy(worker->claims);
	queue_records_destroy(worker->records);
	account_lookups_destroy(worker->lookups);
	dkim_key_lookups_destroy(worker->dkim_keys);
	return_path_setup_destroy(worker->return_paths);
	event_free(worker->reaper);
	event_free(worker->left);
	g_free(worker->node);
	g_free(worker);
}
