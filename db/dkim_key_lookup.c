#include "db/dkim_key_lookup.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"

#include "db/account_lookup.h"
#include "db/row.h"
#include "db/worker_private.h"

enum { LOOKUPS_OUTSTANDING_MAX = 2000 /* more are not asked */ };

/* $1 account, $2 the domain and those above it, $3 how many at most */
const struct pipeline_statement dkim_key_lookup_statements[] = {
    {"dkim_keys",
	"SELECT domain, selector, algorithm, private_key FROM dkim_key "
	"WHERE account_id = $1::bigint AND domain = ANY ($2::text[]) AND active "
	"ORDER BY length(domain) DESC, selector LIMIT $3::int"},
    {NULL, NULL},
};

struct dkim_key_lookups {
	struct db_worker *worker;
	GHashTable *known;   /* name -> struct known */
	GQueue order;        /* struct known, oldest first */
	unsigned asked;      /* questions under way */
	unsigned generation; /* of what is known: answers to older questions are not kept */
};

struct known {
	char *name; /* "account domain" */
	struct dkim_key_set *set;
	gint64 expires; /* g_get_monotonic_time() */
};

struct lookup {
	struct dkim_key_lookups *lookups;
	char *name;
	unsigned generation;
	dkim_keys_found *found;
	void *arg;
};

static char *
known_name(int64_t account_id, const char *domain)
{
	return g_strdup_printf("%" G_GINT64_FORMAT " %s", account_id, domain);
}

static void
known_free(void *data)
{
	struct known *known = data;

	dkim_key_set_unref(known->set);
	g_free(known->name);
	g_free(known);
}

static void
key_free(void *data)
{
	dkim_key_clear(data);
	g_free(data);
}

struct dkim_key_set *
dkim_key_set_ref(struct dkim_key_set *set)
{
	assert(set->references > 0);
	set->references++;
	return set;
}

void
dkim_key_set_unref(struct dkim_key_set *set)
{
	if (set == NULL || --set->references > 0)
		return;
	if (set->prepared_free != NULL)
		set->prepared_free(set->prepared);
	g_ptr_array_unref(set->keys);
	g_free(set);
}

/* Of the rows those of the longest domain, which come first. */
static struct dkim_key_set *
set_create(const PGresult *result)
{
	struct dkim_key_set *set = g_new0(struct dkim_key_set, 1);
	const char *closest = NULL;

	set->references = 1;
	set->keys = g_ptr_array_new_with_free_func(key_free);
	for (int row = 0; row < PQntuples(result); row++) {
		const char *domain = row_text(result, row, 0);
		struct dkim_key *key;

		if (closest == NULL)
			closest = domain;
		if (!g_str_equal(domain, closest))
			break;
		key = g_new0(struct dkim_key, 1);
		key->domain = g_strdup(domain);
		key->selector = g_strdup(row_text(result, row, 1));
		key->algorithm = dkim_algorithm_read(row_text(result, row, 2));
		key->state = DKIM_KEY_ACTIVE;
		key->private_key = g_strdup(row_text(result, row, 3));
		g_ptr_array_add(set->keys, key);
	}
	return set;
}

static void
known_drop_oldest(struct dkim_key_lookups *lookups)
{
	struct known *known = g_queue_pop_head(&lookups->order);

	g_hash_table_remove(lookups->known, known->name);
	known_free(known);
}

static void
known_put(struct dkim_key_lookups *lookups, char *name, struct dkim_key_set *set)
{
	struct known *known;

	/* Two asked at the same time; what the first was told is as young. */
	if (g_hash_table_contains(lookups->known, name))
		return;
	known = g_new0(struct known, 1);
	known->name = g_strdup(name);
	known->set = dkim_key_set_ref(set);
	known->expires = g_get_monotonic_time() + ACCOUNT_CACHE_SECONDS * G_USEC_PER_SEC;
	g_hash_table_insert(lookups->known, known->name, known);
	g_queue_push_tail(&lookups->order, known);
	if (lookups->order.length > DKIM_KEY_SETS_MAX)
		known_drop_oldest(lookups);
}

struct dkim_key_set *
dkim_keys_known(struct db_worker *worker, int64_t account_id, const char *domain)
{
	struct dkim_key_lookups *lookups = worker->dkim_keys;
	g_autofree char *name = known_name(account_id, domain);
	gint64 now = g_get_monotonic_time();
	const struct known *known;

	while ((known = g_queue_peek_head(&lookups->order)) != NULL && known->expires <= now)
		known_drop_oldest(lookups);
	known = g_hash_table_lookup(lookups->known, name);
	return known != NULL ? known->set : NULL;
}

static void
lookup_answer(struct lookup *lookup, const PGresult *result)
{
	struct dkim_key_lookups *lookups = lookup->lookups;
	struct dkim_key_set *set = set_create(result);

	/* Without the results connection nobody would tell of a change. */
	if (lookup->generation == lookups->generation &&
	    pipeline_is_ready(lookups->worker->results))
		known_put(lookups, lookup->name, set);
	lookup->found(lookup->arg, DB_OK, set);
	dkim_key_set_unref(set);
}

static void
lookup_on_answer(void *arg, const struct pipeline_outcome *outcome)
{
	struct lookup *lookup = arg;

	lookup->lookups->asked--;
	if (outcome->status == PIPELINE_COMMITTED) {
		lookup_answer(lookup, outcome->results[0]);
	} else {
		if (outcome->status == PIPELINE_FAILED)
			log_error("lookup-failed", "sqlstate=%s reason=\"%s\"",
			    outcome->failure.sqlstate, outcome->failure.text);
		lookup->found(lookup->arg, DB_UNAVAILABLE, NULL);
	}
	g_free(lookup->name);
	g_free(lookup);
}

/* The domain and each one above it. */
static void
parameters_add_domains(struct parameters *parameters, const char *domain)
{
	struct db_array *domains = parameters_add_array(parameters, DB_ARRAY_TEXT);
	const char *dot = domain;

	for (; dot != NULL; dot = strchr(dot, '.')) {
		if (*dot == '.')
			dot++;
		db_array_add_text(domains, dot, -1);
	}
}

bool
dkim_keys_ask(struct db_worker *worker, int64_t account_id, const char *domain,
    dkim_keys_found *found, void *arg)
{
	struct dkim_key_lookups *lookups = worker->dkim_keys;
	struct parameters parameters;
	struct lookup *lookup;

	if (!pipeline_is_ready(worker->lookup) || lookups->asked >= LOOKUPS_OUTSTANDING_MAX)
		return false;
	lookup = g_new0(struct lookup, 1);
	lookup->lookups = lookups;
	lookup->name = known_name(account_id, domain);
	lookup->generation = lookups->generation;
	lookup->found = found;
	lookup->arg = arg;
	lookups->asked++;
	parameters_init(&parameters);
	parameters_add_number(&parameters, account_id);
	parameters_add_domains(&parameters, domain);
	parameters_add_number(&parameters, DKIM_DOMAIN_KEYS_MAX);
	pipeline_begin(worker->lookup);
	pipeline_execute(worker->lookup, &dkim_key_lookup_statements[0], &parameters);
	pipeline_commit(worker->lookup, lookup_on_answer, lookup);
	parameters_clear(&parameters);
	return true;
}

void
dkim_key_lookups_forget(struct dkim_key_lookups *lookups)
{
	lookups->generation++;
	g_hash_table_remove_all(lookups->known);
	g_queue_clear_full(&lookups->order, known_free);
}

struct dkim_key_lookups *
dkim_key_lookups_create(struct db_worker *worker)
{
	struct dkim_key_lookups *lookups = g_new0(struct dkim_key_lookups, 1);

	lookups->worker = worker;
	lookups->known = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&lookups->order);
	return lookups;
}

void
dkim_key_lookups_destroy(struct dkim_key_lookups *lookups)
{
	assert(lookups->asked == 0);
	dkim_key_lookups_forget(lookups);
	g_hash_table_destroy(lookups->known);
	g_free(lookups);
}
