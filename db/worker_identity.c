/*
 * A worker's row, its lock, and what becomes of the claims of those that died.
 *
 * No claim is ever made under an identity whose row is gone: each batch that makes claims holds its worker's row
 * FOR KEY SHARE. So releasing is two transactions: one deletes the rows of the dead (it cannot while such a batch is
 * under way), the next releases every claim that names no row. If that next one is lost, it is done at the
 * next registration of any worker.
 */
#include "db/worker_private.h"

#include <stdlib.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#include "db/row.h"

enum worker_statement {
	WORKER_REGISTER,
	WORKER_REAP,
	WORKER_RELEASE,
	WORKER_NOTIFY,
	WORKER_GIVE_BACK,
	WORKER_REMOVE,
	WORKER_PARTITIONS
};

const struct pipeline_statement worker_identity_statements[] = {
    /* The row is not seen before it commits, and then its lock is held. $1 node, $2 process, $3 lock class. */
    [WORKER_REGISTER] = {"worker_register",
	"WITH me AS (INSERT INTO worker (node, process_id) VALUES ($1, $2::int) RETURNING worker_id) "
	"SELECT worker_id, pg_advisory_lock($3::int, worker_id) IS NULL FROM me"},
    [WORKER_REAP] = {"worker_reap", WORKER_REAP_SQL},
    [WORKER_RELEASE] = {"worker_release", WORKER_RELEASE_SQL},
    [WORKER_NOTIFY] = {"worker_notify", "SELECT pg_notify('bracemail_queue', '') IS NULL"},
    [WORKER_GIVE_BACK] = {"worker_give_back",
	"UPDATE queue SET claim = NULL WHERE claim = $1::int"},
    [WORKER_REMOVE] = {"worker_remove", "DELETE FROM worker WHERE worker_id = $1::int"},
    [WORKER_PARTITIONS] = {"worker_partitions", "SELECT partitions_ensure($1::int) IS NULL"},
    {NULL, NULL},
};

static void
worker_execute(
    struct db_worker *worker, enum worker_statement statement, struct parameters *parameters)
{
	pipeline_execute(worker->results, &worker_identity_statements[statement], parameters);
}

static void
worker_execute_number(struct db_worker *worker, enum worker_statement statement, int64_t number)
{
	struct parameters parameters;

	parameters_init(&parameters);
	parameters_add_number(&parameters, number);
	worker_execute(worker, statement, &parameters);
	parameters_clear(&parameters);
}

static void
worker_log_failure(const struct pipeline_outcome *outcome, const char *what)
{
	if (outcome->status == PIPELINE_FAILED)
		log_error(what, "sqlstate=%s reason=\"%s\"", outcome->failure.sqlstate,
		    outcome->failure.text);
}

static void
worker_on_partitions(void *arg, const struct pipeline_outcome *outcome)
{
	(void)arg;
	worker_log_failure(outcome, "partitions-failed");
}

static void
worker_ensure_partitions(struct db_worker *worker)
{
	pipeline_begin(worker->results);
	worker_execute_number(worker, WORKER_PARTITIONS, WORKER_PARTITIONS_AHEAD);
	pipeline_commit(worker->results, worker_on_partitions, worker);
}

static void
worker_on_released(void *arg, const struct pipeline_outcome *outcome)
{
	struct db_worker *worker = arg;

	worker_log_failure(outcome, "release-failed");
	if (outcome->status == PIPELINE_COMMITTED) {
		int released = atoi(PQcmdTuples(outcome->results[0]));

		if (released > 0)
			log_info("claims-released", "deliveries=%d", released);
	}
	if (outcome->status != PIPELINE_LOST && worker->state == WORKER_REAPING) {
		worker_enter_state(worker, WORKER_READY);
		worker_consider_up(worker);
	}
}

static void
worker_release(struct db_worker *worker)
{
	pipeline_begin(worker->results);
	worker_execute(worker, WORKER_RELEASE, NULL);
	worker_execute(worker, WORKER_NOTIFY, NULL);
	pipeline_commit(worker->results, worker_on_released, worker);
}

static void
worker_on_reaped(void *arg, const struct pipeline_outcome *outcome)
{
	struct db_worker *worker = arg;
	int dead = 0;

	worker->reaping = false;
	worker_log_failure(outcome, "reap-failed");
	if (outcome->status == PIPELINE_LOST || worker->identity == 0)
		return;
	if (outcome->status == PIPELINE_COMMITTED) {
		dead = PQntuples(outcome->results[0]);
		for (int i = 0; i < dead; i++) {
			int64_t worker_id = row_number(outcome->results[0], i, 0);

			log_info("worker-reaped", "worker_id=%" G_GINT64_FORMAT, worker_id);
			if (worker_id == worker->former)
				worker->former = 0;
		}
	}
	/* At registration always: an earlier release may have been lost. */
	if (pipeline_is_ready(worker->results) && (dead > 0 || worker->state == WORKER_REAPING))
		worker_release(worker);
}

static void
worker_reap(struct db_worker *worker)
{
	struct parameters parameters;

	worker->reaping = true;
	parameters_init(&parameters);
	parameters_add_number(&parameters, worker->identity);
	parameters_add_number(&parameters, worker->former);
	parameters_add_number(&parameters, ADVISORY_CLASS_WORKER);
	parameters_add_text(&parameters, worker->grace == 0 ? "true" : "false");
	if (worker->grace > 0)
		worker->grace--;
	pipeline_begin(worker->results);
	worker_execute(worker, WORKER_REAP, &parameters);
	pipeline_commit(worker->results, worker_on_reaped, worker);
	parameters_clear(&parameters);
}

void
worker_identity_on_reap_timer(evutil_socket_t socket, short events, void *arg)
{
	struct db_worker *worker = arg;

	(void)socket;
	(void)events;
	if (worker->reaping || !pipeline_is_ready(worker->results) ||
	    (worker->state != WORKER_READY && worker->state != WORKER_UP))
		return;
	worker_reap(worker);
	if (--worker->reaps_to_maintenance == 0) {
		worker->reaps_to_maintenance = WORKER_MAINTENANCE_SECONDS * 1000 / WORKER_REAP_MS;
		worker_clock_check(worker);
		worker_ensure_partitions(worker);
		worker_release(worker);
	}
}

void
worker_identity_recorded(struct db_worker *worker)
{
	if (worker->state != WORKER_RECORDING || !pipeline_is_ready(worker->results))
		return;
	worker_enter_state(worker, WORKER_CHECKING);
	worker_have_checked(worker, WORKER_CHECK_IDENTITY);
}

void
worker_identity_checked(struct db_worker *worker)
{
	if (worker->state != WORKER_CHECKING || !pipeline_is_ready(worker->results))
		return;
	worker_enter_state(worker, WORKER_REAPING);
	worker_reap(worker);
}

static void
worker_on_registered(void *arg, const struct pipeline_outcome *outcome)
{
	static const struct timeval interval = {
	    WORKER_REAP_MS / 1000, WORKER_REAP_MS % 1000 * 1000};
	struct db_worker *worker = arg;

	worker_log_failure(outcome, "register-failed");
	if (outcome->status == PIPELINE_FAILED)
		pipeline_reconnect(worker->results, outcome->failure.text);
	if (outcome->status != PIPELINE_COMMITTED || worker->state != WORKER_REGISTERING)
		return;
	worker->identity = row_number(outcome->results[0], 0, 0);
	worker->reaps_to_maintenance = WORKER_MAINTENANCE_SECONDS * 1000 / WORKER_REAP_MS;
	worker->grace = worker->former != 0 ? WORKER_GRACE_REAPS : 0;
	event_add(worker->reaper, &interval);
	worker_enter_state(worker, WORKER_RECORDING);
	worker_clock_check(worker);
	worker_ensure_partitions(worker);
	queue_records_on_identity(worker->records);
}

void
worker_identity_take(struct db_worker *worker)
{
	struct parameters parameters;

	if (worker->state != WORKER_AWAY)
		return;
	worker_enter_state(worker, WORKER_REGISTERING);
	parameters_init(&parameters);
	parameters_add_text(&parameters, worker->node);
	parameters_add_number(&parameters, getpid());
	parameters_add_number(&parameters, ADVISORY_CLASS_WORKER);
	pipeline_begin(worker->results);
	worker_execute(worker, WORKER_REGISTER, &parameters);
	pipeline_commit(worker->results, worker_on_registered, worker);
	parameters_clear(&parameters);
}

void
worker_identity_lost(struct db_worker *worker)
{
	event_del(worker->reaper);
	if (worker->identity != 0)
		worker->former = worker->identity;
	worker->identity = 0;
	if (worker->state != WORKER_LEAVING && worker->state != WORKER_LEFT)
		worker_enter_state(worker, WORKER_AWAY);
}

static void
worker_on_gave_back(void *arg, const struct pipeline_outcome *outcome)
{
	struct db_worker *worker = arg;

	worker_log_failure(outcome, "leave-failed");
	worker->identity = 0;
	event_active(worker->left, EV_TIMEOUT, 0);
}

void
worker_identity_leave(struct db_worker *worker)
{
	/* The row first: a batch under way holds it, and its claims must be there to be given back. */
	pipeline_begin(worker->results);
	worker_execute_number(worker, WORKER_REMOVE, worker->identity);
	worker_execute_number(worker, WORKER_GIVE_BACK, worker->identity);
	worker_execute(worker, WORKER_NOTIFY, NULL);
	pipeline_commit(worker->results, worker_on_gave_back, worker);
}
