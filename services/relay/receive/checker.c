#include "services/relay/receive/checker.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>

#include "base/password.h"
#include "base/thread.h"
#include "base/wakeup.h"

struct checker_job {
	char *stored_hash;
	char *clear;
	bool matches;
	checker_done *done; /* the loop's alone; NULL: cancelled */
	void *arg;
};

struct checker {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards waiting, finished and stopping */
	pthread_cond_t wanted;
	GQueue waiting;
	GQueue finished;
	bool stopping;
	struct wakeup wakeup; /* something is finished */
};

static void
job_free(void *data)
{
	struct checker_job *job = data;

	OPENSSL_cleanse(job->clear, strlen(job->clear));
	g_free(job->clear);
	g_free(job->stored_hash);
	g_free(job);
}

static void
job_check(struct checker_job *job)
{
	if (job->stored_hash == NULL)
		password_waste_time(job->clear);
	else
		job->matches = password_matches(job->clear, job->stored_hash);
}

static void *
checker_thread(void *arg)
{
	struct checker *checker = arg;

	pthread_mutex_lock(&checker->mutex);
	while (!checker->stopping) {
		struct checker_job *job = g_queue_pop_head(&checker->waiting);

		if (job == NULL) {
			pthread_cond_wait(&checker->wanted, &checker->mutex);
			continue;
		}
		pthread_mutex_unlock(&checker->mutex);
		job_check(job);
		pthread_mutex_lock(&checker->mutex);
		g_queue_push_tail(&checker->finished, job);
		wakeup_call(&checker->wakeup);
	}
	pthread_mutex_unlock(&checker->mutex);
	return NULL;
}

static struct checker_job *
checker_take_finished(struct checker *checker)
{
	struct checker_job *job;

	pthread_mutex_lock(&checker->mutex);
	job = g_queue_pop_head(&checker->finished);
	pthread_mutex_unlock(&checker->mutex);
	return job;
}

static void
on_finished(void *arg)
{
	struct checker *checker = arg;
	struct checker_job *job;

	while ((job = checker_take_finished(checker)) != NULL) {
		if (job->done != NULL)
			job->done(job->arg, job->matches);
		job_free(job);
	}
}

static void
checker_free(struct checker *checker)
{
	wakeup_close(&checker->wakeup);
	g_queue_clear_full(&checker->waiting, job_free);
	g_queue_clear_full(&checker->finished, job_free);
	pthread_cond_destroy(&checker->wanted);
	pthread_mutex_destroy(&checker->mutex);
	g_free(checker);
}

struct checker *
checker_create(struct event_base *base, struct error *error)
{
	struct checker *checker = g_new0(struct checker, 1);

	pthread_mutex_init(&checker->mutex, NULL);
	pthread_cond_init(&checker->wanted, NULL);
	g_queue_init(&checker->waiting);
	g_queue_init(&checker->finished);
	if (wakeup_open(&checker->wakeup, base, on_finished, checker, error) &&
	    thread_start(&checker->thread, checker_thread, checker, error))
		return checker;
	error_prefix(error, "%s", "the password checker does not start");
	checker_free(checker);
	return NULL;
}

void
checker_destroy(struct checker *checker)
{
	if (checker == NULL)
		return;
	pthread_mutex_lock(&checker->mutex);
	checker->stopping = true;
	pthread_cond_signal(&checker->wanted);
	pthread_mutex_unlock(&checker->mutex);
	pthread_join(checker->thread, NULL);
	checker_free(checker);
}

struct checker_job *
checker_ask(struct checker *checker, const char *stored_hash, const char *clear, checker_done *done,
    void *arg)
{
	struct checker_job *job = g_new0(struct checker_job, 1);
	bool is_full;

	job->stored_hash = g_strdup(stored_hash);
	job->clear = g_strdup(clear);
	job->done = done;
	job->arg = arg;
	pthread_mutex_lock(&checker->mutex);
	is_full = checker->waiting.length >= CHECKER_QUEUE_MAX;
	if (!is_full) {
		g_queue_push_tail(&checker->waiting, job);
		pthread_cond_signal(&checker->wanted);
	}
	pthread_mutex_unlock(&checker->mutex);
	if (!is_full)
		return job;
	job_free(job);
	return NULL;
}

void
checker_cancel(struct checker_job *job)
{
	job->done = NULL;
}
