/*
 * Whether the database that a worker is connected to is the one that it knew: after a failover to a standby that had not got everything
 * it is not. Each connection that came up waits for a look at the ledger that began afterwards (restored_check.h), made by a
 * thread on a connection of its own; only then does the worker give out ids there, or claim deliveries.
 */
#include "db/worker_private.h"

#include <pthread.h>
#include <stdatomic.h>

#include <glib.h>

#include "base/log.h"
#include "base/thread.h"
#include "base/wakeup.h"

#include "db/restored_check.h"

enum {
	CHECK_TRIES =
	    3, /* then mail goes on without: a ledger that cannot be read keeps nobody from serving */
	CHECK_RETRY_MS = 1000
};

struct worker_check {
	struct db_worker *worker;
	char *conninfo, *directory;
	struct restored_ledger ledger;
	unsigned wanted, under_way; /* enum worker_check_for */
	unsigned tries;
	unsigned host;       /* that the worker is connected to */
	struct event *begin; /* the next one; a timer after one that failed */
	bool is_running;     /* thread is to be joined */
	pthread_t thread;
	atomic_bool stop;
	bool is_done; /* as the thread left it, like error */
	struct error error;
	struct wakeup wakeup; /* the thread is at its end */
};

static void *
check_thread(void *arg)
{
	struct worker_check *check = arg;
	struct db_connection *connection = db_connection_create(check->conninfo);

	db_connection_set_host(connection, check->host);
	check->is_done = restored_check(connection, &check->ledger, &check->error);
	db_connection_destroy(connection);
	wakeup_call(&check->wakeup);
	return NULL;
}

static void
check_answer(struct worker_check *check)
{
	unsigned answered = check->under_way;

	check->under_way = 0;
	check->tries = 0;
	worker_on_checked(check->worker, answered);
}

static void
check_on_failed(struct worker_check *check)
{
	static const struct timeval wait = {CHECK_RETRY_MS / 1000, CHECK_RETRY_MS % 1000 * 1000};

	if (check->under_way == 0)
		return; /* the connections are gone as well */
	if (++check->tries >= CHECK_TRIES) {
		log_error("ledger-not-compared", "reason=\"%s\"", check->error.text);
		check_answer(check);
		return;
	}
	check->wanted |= check->under_way;
	check->under_way = 0;
	event_add(check->begin, &wait);
}

static void
check_on_begin(evutil_socket_t fd, short what, void *arg)
{
	struct worker_check *check = arg;

	(void)fd;
	(void)what;
	if (check->is_running || check->wanted == 0)
		return;
	check->under_way = check->wanted;
	check->wanted = 0;
	check->host =
	    pipeline_host((check->under_way & WORKER_CHECK_STORE) != 0 ? check->worker->accept
								       : check->worker->results);
	check->is_running = wakeup_is_open(&check->wakeup) &&
	    thread_start(&check->thread, check_thread, check, &check->error);
	if (!check->is_running)
		check_on_failed(check);
}

static void
check_on_woken(void *arg)
{
	struct worker_check *check = arg;

	pthread_join(check->thread, NULL);
	check->is_running = false;
	if (check->is_done)
		check_answer(check);
	else
		check_on_failed(check);
	if (check->wanted != 0 && !event_pending(check->begin, EV_TIMEOUT, NULL))
		event_active(check->begin, EV_TIMEOUT, 0);
}

void
worker_check_want(struct worker_check *check, enum worker_check_for whom)
{
	check->wanted |= whom;
	if (!check->is_running)
		event_active(check->begin, EV_TIMEOUT, 0);
}

void
worker_check_forget(struct worker_check *check, enum worker_check_for whom)
{
	check->wanted &= ~(unsigned)whom;
	check->under_way &= ~(unsigned)whom;
}

struct worker_check *
worker_check_create(
    struct db_worker *worker, const char *conninfo, const struct restored_ledger *ledger)
{
	struct worker_check *check = g_new0(struct worker_check, 1);

	check->worker = worker;
	check->conninfo = g_strdup(conninfo);
	check->directory = g_strdup(ledger->directory);
	check->ledger = *ledger;
	check->ledger.directory = check->directory;
	check->ledger.stop = &check->stop;
	check->begin = event_new(worker->base, -1, 0, check_on_begin, check);
	/* Where it fails, each check says so. */
	(void)wakeup_open(&check->wakeup, worker->base, check_on_woken, check, &check->error);
	return check;
}

void
worker_check_destroy(struct worker_check *check)
{
	atomic_store(&check->stop, true);
	if (check->is_running)
		pthread_join(check->thread, NULL);
	event_free(check->begin);
	wakeup_close(&check->wakeup);
	g_free(check->directory);
	g_free(check->conninfo);
	g_free(check);
}
