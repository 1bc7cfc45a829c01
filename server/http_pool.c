#include "server/http_pool.h"

#include <pthread.h>

#include <event2/event.h>
#include <glib.h>

#include "base/metrics.h"
#include "base/thread.h"
#include "base/wakeup.h"

struct http_pool {
	const struct http_pool_calls *calls;
	void *arg;
	char *conninfo;
	unsigned together;     /* jobs that one thread answers at a time, at most */
	GPtrArray *forming;    /* jobs of this turn of the loop */
	struct event *turned;  /* the turn is over */
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t arrived;
	GQueue waiting;  /* jobs */
	GPtrArray *done; /* jobs */
	bool ends;
	struct wakeup wakeup; /* something is done */
	pthread_t *threads;
	unsigned thread_count;
};

/* What one thread answers at a time. */
struct batch {
	struct http_job *jobs[SOAP_SERVICE_TOGETHER_MAX];
	unsigned count;
};

/* Waits for jobs, and takes what there is. False: there is none, and none will come. */
static bool
batch_take(struct http_pool *pool, struct batch *batch)
{
	batch->count = 0;
	pthread_mutex_lock(&pool->mutex);
	while (pool->waiting.length == 0 && !pool->ends)
		pthread_cond_wait(&pool->arrived, &pool->mutex);
	while (!pool->ends && pool->waiting.length > 0 && batch->count < pool->together)
		batch->jobs[batch->count++] = g_queue_pop_head(&pool->waiting);
	if (pool->waiting.length > 0)
		pthread_cond_signal(&pool->arrived);
	pthread_mutex_unlock(&pool->mutex);
	metrics_gauge_add(METRIC_GAUGE_API_WAITING, -(int64_t)batch->count);
	return batch->count > 0;
}

/* Wakes the loop, unless it is awake for what was done before. */
static void
batch_give(struct http_pool *pool, const struct batch *batch)
{
	bool first;

	pthread_mutex_lock(&pool->mutex);
	first = pool->done->len == 0;
	for (unsigned i = 0; i < batch->count; i++)
		g_ptr_array_add(pool->done, batch->jobs[i]);
	pthread_mutex_unlock(&pool->mutex);
	if (first)
		wakeup_call(&pool->wakeup);
}

static void
thread_gauge(enum metric_gauge was, enum metric_gauge is)
{
	metrics_gauge_add(was, -1);
	metrics_gauge_add(is, 1);
}

static void *
thread_run(void *arg)
{
	struct http_pool *pool = arg;
	struct db_connection *database = db_connection_create(pool->conninfo);
	struct batch batch;

	metrics_gauge_add(METRIC_GAUGE_API_IDLE, 1);
	while (batch_take(pool, &batch)) {
		thread_gauge(METRIC_GAUGE_API_IDLE, METRIC_GAUGE_API_BUSY);
		pool->calls->answer(pool->arg, database, batch.jobs, batch.count);
		thread_gauge(METRIC_GAUGE_API_BUSY, METRIC_GAUGE_API_IDLE);
		batch_give(pool, &batch);
	}
	metrics_gauge_add(METRIC_GAUGE_API_IDLE, -1);
	db_connection_destroy(database);
	return NULL;
}

static void
report_done(void *arg)
{
	struct http_pool *pool = arg;
	GPtrArray *done;

	pthread_mutex_lock(&pool->mutex);
	done = pool->done;
	pool->done = g_ptr_array_new();
	pthread_mutex_unlock(&pool->mutex);
	for (guint i = 0; i < done->len; i++)
		pool->calls->answered(pool->arg, g_ptr_array_index(done, i));
	g_ptr_array_unref(done);
}

static void
forming_push(struct http_pool *pool)
{
	metrics_gauge_add(METRIC_GAUGE_API_WAITING, pool->forming->len);
	pthread_mutex_lock(&pool->mutex);
	for (guint i = 0; i < pool->forming->len; i++)
		g_queue_push_tail(&pool->waiting, g_ptr_array_index(pool->forming, i));
	pthread_cond_signal(&pool->arrived);
	pthread_mutex_unlock(&pool->mutex);
	g_ptr_array_set_size(pool->forming, 0);
}

static void
on_turned(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	forming_push(arg);
}

static bool
threads_start(struct http_pool *pool, unsigned threads, struct error *error)
{
	while (pool->thread_count < threads) {
		if (!thread_start(&pool->threads[pool->thread_count], thread_run, pool, error))
			return false;
		pool->thread_count++;
	}
	return true;
}

struct http_pool *
http_pool_create(struct event_base *base, unsigned threads, unsigned together, const char *conninfo,
    const struct http_pool_calls *calls, void *arg, struct error *error)
{
	struct http_pool *pool = g_new0(struct http_pool, 1);

	pool->calls = calls;
	pool->arg = arg;
	pool->conninfo = g_strdup(conninfo);
	pool->together = MIN(together, (unsigned)SOAP_SERVICE_TOGETHER_MAX);
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->arrived, NULL);
	g_queue_init(&pool->waiting);
	pool->forming = g_ptr_array_new();
	pool->done = g_ptr_array_new();
	pool->threads = g_new0(pthread_t, threads);
	pool->turned = event_new(base, -1, 0, on_turned, pool);
	if (wakeup_open(&pool->wakeup, base, report_done, pool, error) &&
	    threads_start(pool, threads, error))
		return pool;
	http_pool_destroy(pool);
	return NULL;
}

/* Whoever is alone waits for nobody. */
void
http_pool_put(struct http_pool *pool, struct http_job *job)
{
	g_ptr_array_add(pool->forming, job);
	if (pool->together == 1)
		forming_push(pool);
	else if (pool->forming->len == 1)
		event_active(pool->turned, EV_TIMEOUT, 0);
}

static void
threads_stop(struct http_pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->ends = true;
	pthread_cond_broadcast(&pool->arrived);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
}

void
http_pool_destroy(struct http_pool *pool)
{
	if (pool == NULL)
		return;
	forming_push(pool);
	threads_stop(pool);
	metrics_gauge_add(METRIC_GAUGE_API_WAITING, -(int64_t)pool->waiting.length);
	while (pool->waiting.length > 0)
		g_ptr_array_add(pool->done, g_queue_pop_head(&pool->waiting));
	report_done(pool);
	wakeup_close(&pool->wakeup);
	event_free(pool->turned);
	g_ptr_array_unref(pool->forming);
	g_ptr_array_unref(pool->done);
	pthread_cond_destroy(&pool->arrived);
	pthread_mutex_destroy(&pool->mutex);
	g_free(pool->threads);
	g_free(pool->conninfo);
	g_free(pool);
}
