#include "db/account_lookup.h"

#include <string.h>

#include <glib.h>

#include "base/log.h"

#include "db/account_cache.h"
#include "db/row.h"
#include "db/worker_private.h"

enum {
	LOOKUPS_OUTSTANDING_MAX = 20000, /* more are answered DB_UNAVAILABLE */
	LOOKUP_ACCOUNTS_MAX = 1000       /* of one address */
};

enum lookup_statement { LOOKUP_BY_ADDRESS, LOOKUP_BY_NAME, LOOKUP_GROUP };

const struct pipeline_statement account_lookup_statements[] = {
    /* $1 address, $2 how many at most */
    [LOOKUP_BY_ADDRESS] = {"account_by_address",
	"SELECT a.account_id, a.name, a.password_hash FROM ("
	" SELECT n.account_id, max(masklen(n.network)) AS bits FROM account_network AS n "
	" WHERE n.network >>= $1::inet GROUP BY n.account_id"
	") AS r JOIN account AS a ON a.account_id = r.account_id "
	"ORDER BY r.bits DESC, a.account_id LIMIT $2::int"},
    [LOOKUP_BY_NAME] = {"account_by_name",
	"SELECT account_id, name, password_hash FROM account "
	"WHERE name_key = lower($1::text COLLATE \"und-x-icu\")"},
    [LOOKUP_GROUP] = {"group_exists",
	"SELECT FROM transactional_group WHERE account_id = $1::bigint AND group_id = $2::bigint"},
    {NULL, NULL},
};

struct account_lookups {
	struct db_worker *worker;
	struct account_cache *by_address, *by_name;
	unsigned generation; /* of what the caches hold: answers to older questions are not kept */
	GQueue waiting;      /* struct lookup, for the event loop to answer or ask */
	GQueue asked;        /* struct lookup, in a transaction each, in their order */
	struct event *flush;
};

struct lookup {
	struct account_lookups *lookups;
	enum lookup_statement statement;
	char *key; /* address or name, as asked */
	int64_t account_id, group_id;
	unsigned generation;
	void *arg;
	/* One of them is set; none: cancelled. */
	account_networks_found *networks_found;
	account_found *found;
	transactional_group_found *group_found;
};

/* Answers and frees. list: of accounts, NULL for a group or a failure; rows: of the answer. */
static void
lookup_answer(
    struct lookup *lookup, enum db_outcome outcome, const struct account_list *list, int rows)
{
	if (lookup->networks_found != NULL)
		lookup->networks_found(
		    lookup->arg, outcome, list ? list->accounts : NULL, list ? list->count : 0);
	else if (lookup->found != NULL)
		lookup->found(
		    lookup->arg, outcome, list && list->count > 0 ? list->accounts : NULL);
	else if (lookup->group_found != NULL)
		lookup->group_found(lookup->arg, outcome, rows > 0);
	g_free(lookup->key);
	g_free(lookup);
}

/* NULL for what is not cached. */
static struct account_cache *
lookup_cache(const struct lookup *lookup)
{
	switch (lookup->statement) {
	case LOOKUP_BY_ADDRESS:
		return lookup->lookups->by_address;
	case LOOKUP_BY_NAME:
		return lookup->lookups->by_name;
	case LOOKUP_GROUP:
		break;
	}
	return NULL;
}

static void
lookup_answer_accounts(struct lookup *lookup, const PGresult *result)
{
	struct account_cache *cache = lookup_cache(lookup);
	struct account_list *list = account_list_create(result);

	/* Without the results connection nobody would tell of a change. */
	if (lookup->generation == lookup->lookups->generation &&
	    pipeline_is_ready(lookup->lookups->worker->results)) {
		g_autofree char *key = g_strdup(lookup->key);

		lookup_answer(lookup, DB_OK, list, 0);
		account_cache_put(cache, key, list);
	} else {
		lookup_answer(lookup, DB_OK, list, 0);
		account_list_free(list);
	}
}

static void
lookup_on_answer(void *arg, const struct pipeline_outcome *outcome)
{
	struct lookup *lookup = arg;

	g_queue_remove(&lookup->lookups->asked, lookup);
	switch (outcome->status) {
	case PIPELINE_COMMITTED:
		if (lookup->statement == LOOKUP_GROUP)
			lookup_answer(lookup, DB_OK, NULL, PQntuples(outcome->results[0]));
		else
			lookup_answer_accounts(lookup, outcome->results[0]);
		break;
	case PIPELINE_FAILED:
		log_error("lookup-failed", "sqlstate=%s reason=\"%s\"", outcome->failure.sqlstate,
		    outcome->failure.text);
		lookup_answer(lookup,
		    outcome->failure.meaning == FAILURE_CONTENT ? DB_REFUSED : DB_UNAVAILABLE, NULL,
		    0);
		break;
	case PIPELINE_LOST:
		lookup_answer(lookup, DB_UNAVAILABLE, NULL, 0);
		break;
	}
}

static void
lookup_ask(struct lookup *lookup)
{
	struct account_lookups *lookups = lookup->lookups;
	struct pipeline *pipeline = lookups->worker->lookup;
	struct parameters parameters;

	parameters_init(&parameters);
	if (lookup->statement == LOOKUP_GROUP) {
		parameters_add_number(&parameters, lookup->account_id);
		parameters_add_number(&parameters, lookup->group_id);
	} else {
		parameters_add_text(&parameters, lookup->key);
		if (lookup->statement == LOOKUP_BY_ADDRESS)
			parameters_add_number(&parameters, LOOKUP_ACCOUNTS_MAX);
	}
	lookup->generation = lookups->generation;
	g_queue_push_tail(&lookups->asked, lookup);
	pipeline_begin(pipeline);
	pipeline_execute(pipeline, &account_lookup_statements[lookup->statement], &parameters);
	pipeline_commit(pipeline, lookup_on_answer, lookup);
	parameters_clear(&parameters);
}

static void
lookup_run(struct lookup *lookup)
{
	struct account_lookups *lookups = lookup->lookups;
	struct account_cache *cache = lookup_cache(lookup);
	const struct account_list *known =
	    cache == NULL ? NULL : account_cache_find(cache, lookup->key);

	if (known != NULL)
		lookup_answer(lookup, DB_OK, known, 0);
	else if (pipeline_is_ready(lookups->worker->lookup) &&
	    lookups->asked.length < LOOKUPS_OUTSTANDING_MAX)
		lookup_ask(lookup);
	else
		lookup_answer(lookup, DB_UNAVAILABLE, NULL, 0);
}

/* One at a time, from the queue itself: an answer may cancel what waits. */
static void
lookups_on_flush(evutil_socket_t socket, short events, void *arg)
{
	struct account_lookups *lookups = arg;
	guint count = lookups->waiting.length;
	struct lookup *lookup;

	(void)socket;
	(void)events;
	while (count-- > 0 && (lookup = g_queue_pop_head(&lookups->waiting)) != NULL)
		lookup_run(lookup);
}

static struct lookup *
lookups_add(struct db_worker *worker, enum lookup_statement statement, void *arg)
{
	struct lookup *lookup = g_new0(struct lookup, 1);

	lookup->lookups = worker->lookups;
	lookup->statement = statement;
	lookup->arg = arg;
	g_queue_push_tail(&worker->lookups->waiting, lookup);
	event_active(worker->lookups->flush, EV_TIMEOUT, 0);
	return lookup;
}

void
account_find_by_address(
    struct db_worker *worker, const char *ip, account_networks_found *found, void *arg)
{
	struct lookup *lookup = lookups_add(worker, LOOKUP_BY_ADDRESS, arg);

	/* The zone of a link-local address (fe80::1%eth0) is not PostgreSQL's. */
	lookup->key = g_strndup(ip, strcspn(ip, "%"));
	lookup->networks_found = found;
}

void
account_find_by_name(struct db_worker *worker, const char *name, account_found *found, void *arg)
{
	struct lookup *lookup = lookups_add(worker, LOOKUP_BY_NAME, arg);

	lookup->key = g_utf8_make_valid(name, -1);
	lookup->found = found;
}

void
transactional_group_find(struct db_worker *worker, int64_t account_id, int64_t group_id,
    transactional_group_found *found, void *arg)
{
	struct lookup *lookup = lookups_add(worker, LOOKUP_GROUP, arg);

	lookup->account_id = account_id;
	lookup->group_id = group_id;
	lookup->group_found = found;
}

static void
lookups_cancel(GQueue *queue, const void *arg)
{
	for (GList *link = queue->head; link != NULL; link = link->next) {
		struct lookup *lookup = link->data;

		if (lookup->arg != arg)
			continue;
		lookup->networks_found = NULL;
		lookup->found = NULL;
		lookup->group_found = NULL;
	}
}

void
account_lookup_cancel(struct db_worker *worker, const void *arg)
{
	lookups_cancel(&worker->lookups->waiting, arg);
	lookups_cancel(&worker->lookups->asked, arg);
}

void
account_lookups_forget(struct account_lookups *lookups)
{
	lookups->generation++;
	account_cache_clear(lookups->by_address);
	account_cache_clear(lookups->by_name);
}

struct account_lookups *
account_lookups_create(struct db_worker *worker)
{
	struct account_lookups *lookups = g_new0(struct account_lookups, 1);

	lookups->worker = worker;
	lookups->by_address = account_cache_create();
	lookups->by_name = account_cache_create();
	g_queue_init(&lookups->waiting);
	g_queue_init(&lookups->asked);
	lookups->flush = event_new(worker->base, -1, 0, lookups_on_flush, lookups);
	return lookups;
}

void
account_lookups_destroy(struct account_lookups *lookups)
{
	GQueue waiting = lookups->waiting;
	struct lookup *lookup;

	g_queue_init(&lookups->waiting);
	while ((lookup = g_queue_pop_head(&waiting)) != NULL)
		lookup_answer(lookup, DB_UNAVAILABLE, NULL, 0);
	account_cache_destroy(lookups->by_address);
	account_cache_destroy(lookups->by_name);
	event_free(lookups->flush);
	g_free(lookups);
}
