#include "services/relay/dkim/signer.h"

#include <assert.h>
#include <string.h>

#include <event2/event.h>

#include "db/dkim_key_lookup.h"

#include "services/relay/dkim/domain.h"
#include "services/relay/dkim/signing.h"

enum job_state {
	JOB_ASKING,  /* for the keys */
	JOB_SIGNING, /* its turn comes, slice by slice */
	JOB_FAILED,  /* to be told */
	JOB_TELLING
};

/* One message. It lives while somebody waits for it, and until its question is answered. */
struct job {
	struct dkim_signer *signer;
	enum job_state state;
	GQueue waits; /* struct dkim_wait, by their own links */
	GList turn;   /* in signer->turns, unless asking */
	const GString *head, *body;
	size_t at; /* in the body: digested so far */
	struct dkim_key_set *keys;
	struct dkim_signing *signing; /* NULL before the first slice */
};

struct dkim_wait {
	struct job *job;
	GList link; /* in job->waits */
	dkim_signed *done;
	void *arg;
};

struct dkim_signer {
	struct db_worker *worker;
	struct dkim_library *library;
	GHashTable *jobs; /* struct job by head: those that can be joined */
	GQueue turns;     /* struct job, by their own links */
	struct event *run;
};

static void
job_free(struct job *job)
{
	dkim_signing_destroy(job->signing);
	dkim_key_set_unref(job->keys);
	g_free(job);
}

static void
job_enter_turns(struct job *job, enum job_state state)
{
	job->state = state;
	g_queue_push_tail_link(&job->signer->turns, &job->turn);
	event_active(job->signer->run, EV_TIMEOUT, 0);
}

/* The last thing that happens to a job. One who waited may cancel others. */
static void
job_tell(struct job *job, enum dkim_outcome outcome, const char *fields)
{
	GList *link;

	job->state = JOB_TELLING;
	g_hash_table_remove(job->signer->jobs, job->head);
	while ((link = g_queue_pop_head_link(&job->waits)) != NULL) {
		struct dkim_wait *wait = link->data;
		dkim_signed *done = wait->done;
		void *arg = wait->arg;

		g_free(wait);
		done(arg, outcome, fields);
	}
	job_free(job);
}

static void
job_finish(struct job *job)
{
	GString *fields = g_string_new(NULL);

	dkim_signing_finish(job->signing, fields);
	job_tell(job, DKIM_DONE, fields->str);
	g_string_free(fields, TRUE);
}

/* The body from the line after the empty one. */
static size_t
body_start(const GString *body)
{
	return g_str_has_prefix(body->str, "\r\n") ? strlen("\r\n") : 0;
}

static void
job_sign_slice(struct job *job)
{
	size_t length;

	if (job->signing == NULL) {
		job->signing = dkim_signing_create(job->signer->library, job->keys, job->head);
		job->at = body_start(job->body);
	}
	length = MIN(job->body->len - job->at, DKIM_SLICE_BYTES);
	dkim_signing_body(job->signing, job->body->str + job->at, length);
	job->at += length;
	if (job->at < job->body->len)
		job_enter_turns(job, JOB_SIGNING);
	else
		job_finish(job);
}

static void
signer_on_run(evutil_socket_t socket, short what, void *arg)
{
	struct dkim_signer *signer = arg;
	GList *turn = g_queue_pop_head_link(&signer->turns);
	struct job *job;

	(void)socket;
	(void)what;
	if (turn == NULL)
		return;
	if (signer->turns.length > 0)
		event_active(signer->run, EV_TIMEOUT, 0);
	job = turn->data;
	if (job->state == JOB_FAILED)
		job_tell(job, DKIM_UNAVAILABLE, NULL);
	else
		job_sign_slice(job);
}

static void
job_on_keys(void *arg, enum db_outcome outcome, struct dkim_key_set *keys)
{
	struct job *job = arg;

	assert(job->state == JOB_ASKING);
	if (job->waits.length == 0) {
		job_free(job);
		return;
	}
	if (outcome == DB_OK)
		job->keys = dkim_key_set_ref(keys);
	job_enter_turns(job, outcome == DB_OK ? JOB_SIGNING : JOB_FAILED);
}

static struct job *
job_create(struct dkim_signer *signer, const GString *head, const GString *body)
{
	struct job *job = g_new0(struct job, 1);

	job->signer = signer;
	job->head = head;
	job->body = body;
	job->turn.data = job;
	g_queue_init(&job->waits);
	g_hash_table_insert(signer->jobs, (void *)head, job);
	return job;
}

static void
job_start(struct job *job, int64_t account_id, const char *domain, struct dkim_key_set *keys)
{
	if (keys != NULL) {
		job->keys = dkim_key_set_ref(keys);
		job_enter_turns(job, JOB_SIGNING);
		return;
	}
	job->state = JOB_ASKING;
	if (!dkim_keys_ask(job->signer->worker, account_id, domain, job_on_keys, job))
		job_enter_turns(job, JOB_FAILED);
}

static struct dkim_wait *
job_join(struct job *job, dkim_signed *done, void *arg)
{
	struct dkim_wait *wait = g_new0(struct dkim_wait, 1);

	wait->job = job;
	wait->link.data = wait;
	wait->done = done;
	wait->arg = arg;
	g_queue_push_tail_link(&job->waits, &wait->link);
	return wait;
}

struct dkim_wait *
dkim_signer_sign(struct dkim_signer *signer, int64_t account_id, const GString *head,
    const GString *body, dkim_signed *done, void *arg)
{
	struct job *job = g_hash_table_lookup(signer->jobs, head);
	g_autofree char *domain = NULL;
	struct dkim_key_set *keys;

	if (job != NULL)
		return job_join(job, done, arg);
	domain = dkim_domain_of_author(head);
	if (domain == NULL)
		return NULL;
	keys = dkim_keys_known(signer->worker, account_id, domain);
	if (keys != NULL && keys->keys->len == 0)
		return NULL;
	job = job_create(signer, head, body);
	job_start(job, account_id, domain, keys);
	return job_join(job, done, arg);
}

void
dkim_signer_cancel(struct dkim_wait *wait)
{
	struct job *job = wait->job;

	g_queue_unlink(&job->waits, &wait->link);
	g_free(wait);
	if (job->waits.length > 0 || job->state == JOB_TELLING)
		return;
	g_hash_table_remove(job->signer->jobs, job->head);
	if (job->state == JOB_ASKING)
		return;
	g_queue_unlink(&job->signer->turns, &job->turn);
	job_free(job);
}

struct dkim_signer *
dkim_signer_create(struct event_base *base, struct db_worker *worker, struct error *error)
{
	struct dkim_library *library = dkim_library_create(error);
	struct dkim_signer *signer;

	if (library == NULL)
		return NULL;
	signer = g_new0(struct dkim_signer, 1);
	signer->worker = worker;
	signer->library = library;
	signer->jobs = g_hash_table_new(NULL, NULL);
	g_queue_init(&signer->turns);
	signer->run = event_new(base, -1, 0, signer_on_run, signer);
	return signer;
}

void
dkim_signer_destroy(struct dkim_signer *signer)
{
	if (signer == NULL)
		return;
	assert(g_hash_table_size(signer->jobs) == 0 && signer->turns.length == 0);
	g_hash_table_destroy(signer->jobs);
	event_free(signer->run);
	dkim_library_destroy(signer->library);
	g_free(signer);
}
