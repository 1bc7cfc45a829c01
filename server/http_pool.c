#include "server/http_pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

/* What one thread answers at a time. */
struct batch {
	struct http_job *jobs[SOAP_SERVICE_TOGETHER_MAX];
	unsigned count;
};

struct http_pool {
	const struct http_pool_calls *calls;
	void *arg;
	char *conninfo;
	struct batch *forming; /* of this turn of the loop; NULL: none */
	struct event *turned;  /* the turn is over */
	/* Struct batch, or the pool itself: the thread that takes it ends */
	GAsyncQueue *waiting;
	GAsyncQueue *done; /* struct batch */
	int wake;          /* eventfd: something is done */
	struct event *woken;
	pthread_t *threads;
	unsigned thread_count;
};

static void
wake_loop(const struct http_pool *pool)
{
	const uint64_t one = 1;

	/* The counter cannot overflow, and no reader is needed for the write to succeed. */
	(void)!write(pool->wake, &one, sizeof(one));
}

static void *
thread_run(void *arg)
{
	struct http_pool *pool = arg;
	struct db_connection *database = db_connection_create(pool->conninfo);
	void *taken;

	while ((taken = g_async_queue_pop(pool->waiting)) != pool) {
		const struct batch *batch = taken;

		pool->calls->answer(pool->arg, database, batch->jobs, batch->count);
		g_async_queue_push(pool->done, taken);
		wake_loop(pool);
	}
	db_connection_destroy(database);
	return NULL;
}

static void
report_done(struct http_pool *pool)
{
	struct batch *batch;

	while ((batch = g_async_queue_try_pop(pool->done)) != NULL) {
		for (unsigned i = 0; i < batch->count; i++)
			pool->calls->answered(pool->arg, batch->jobs[i]);
		g_free(batch);
	}
}

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	report_done(arg);
}

static void
forming_push(struct http_pool *pool)
{
	if (pool->forming != NULL)
		g_async_queue_push(pool->waiting, pool->forming);
	pool->forming = NULL;
}

static void
on_turned(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	forming_push(arg);
}

/* Signals are the loop's: the threads take none. */
static bool
threads_start(struct http_pool *pool, unsigned threads, struct error *error)
{
	sigset_t all, before;
	int reason = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->thread_count < threads && reason == 0) {
		reason = pthread_create(&pool->threads[pool->thread_count], NULL, thread_run, pool);
		if (reason == 0)
			pool->thread_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return reason == 0 || error_set(error, "cannot start a thread: %s", strerror(reason));
}

struct http_pool *
http_pool_create(struct event_base *base, unsigned threads, const char *conninfo,
    const struct http_pool_calls *calls, void *arg, struct error *error)
{
	struct http_pool *pool = g_new0(struct http_pool, 1);

	pool->calls = calls;
	pool->arg = arg;
	pool->conninfo = g_strdup(conninfo);
	pool->waiting = g_async_queue_new();
	pool->done = g_async_queue_new();
	pool->threads = g_new0(pthread_t, threads);
	pool->turned = event_new(base, -1, 0, on_turned, pool);
	pool->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pool->wake < 0) {
		error_set(error, "cannot make an eventfd: %s", strerror(errno));
		http_pool_destroy(pool);
		return NULL;
	}
	pool->woken = event_new(base, pool->wake, EV_READ | EV_PERSIST, on_woken, pool);
	event_add(pool->woken, NULL);
	if (threads_start(pool, threads, error))
		return pool;
	http_pool_destroy(pool);
	return NULL;
}

void
http_pool_put(struct http_pool *pool, struct http_job *job)
{
	struct batch *batch;

	if (!job->is_together) {
		batch = g_new0(struct batch, 1);
		batch->jobs[batch->count++] = job;
		g_async_queue_push(pool->waiting, batch);
		return;
	}
	if (pool->forming == NULL) {
		pool->forming = g_new0(struct batch, 1);
		event_active(pool->turned, EV_TIMEOUT, 0);
	}
	pool->forming->jobs[pool->forming->count++] = job;
	if (pool->forming->count == SOAP_SERVICE_TOGETHER_MAX)
		forming_push(pool);
}

void
http_pool_destroy(struct http_pool *pool)
{
	struct batch *batch;

	if (pool == NULL)
		return;
	forming_push(pool);
	while ((batch = g_async_queue_try_pop(pool->waiting)) != NULL)
		g_async_queue_push(pool->done, batch);
	for (unsigned i = 0; i < pool->thread_count; i++)
		g_async_queue_push(pool->waiting, pool);
	for (unsigned i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	report_done(pool);
	if (pool->woken != NULL)
		event_free(pool->woken);
	event_free(pool->turned);
	if (pool->wake >= 0)
		close(pool->wake);
	g_async_queue_unref(pool->waiting);
	g_async_queue_unref(pool->done);
	g_free(pool->threads);
	g_free(pool->conninfo);
	g_free(pool);
}
