#include "services/relay/deliver/mta_sts.h"

#include <assert.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"

#include "db/mta_sts_store.h"

#include "services/relay/deliver/mta_sts_fetch.h"

enum domain_state {
	DOMAIN_IDLE,
	DOMAIN_ASKING,  /* the database and DNS */
	DOMAIN_FETCHING /* the policy */
};

/* What is known of a domain. */
struct domain {
	struct mta_sts *sts;
	char *name;
	enum domain_state state;
	struct mta_sts_policy *policy; /* in force until expires_at; or NULL */
	char id[MTA_STS_ID_MAX + 1];   /* of policy */
	int64_t expires_at;
	int64_t known_until;
	GQueue waits; /* struct mta_sts_wait, by their own links */
	/* Of the question under way: */
	struct stored *stored; /* the database is asked; or NULL */
	struct resolver_query *query;
	struct mta_sts_fetch *fetch;
	bool is_refresh; /* the policy is fetched even if its id is known */
	bool is_unavailable;
	char new_id[MTA_STS_ID_MAX + 1]; /* of the TXT record; "": there is none */
	int ttl;
};

/* A question to the database, which may be answered when nobody asks any more. */
struct stored {
	struct domain *domain; /* NULL: nobody */
};

struct mta_sts_wait {
	struct domain *domain;
	GList link;
	mta_sts_done *done;
	void *arg;
};

/* The same for the policies to be fetched anew. */
struct due {
	struct mta_sts *sts;
};

struct mta_sts {
	struct event_base *base;
	struct db_worker *worker;
	struct resolver *resolver;
	const struct deliver_settings *settings;
	struct https_loop *https;
	GHashTable *domains; /* struct domain by name, owned */
	struct event *poll;
	struct due *due; /* under way; or NULL */
};

static void
domain_free(void *data)
{
	struct domain *domain = data;

	assert(domain->waits.length == 0);
	if (domain->stored != NULL)
		domain->stored->domain = NULL;
	if (domain->query != NULL)
		resolver_cancel(domain->query);
	if (domain->fetch != NULL)
		mta_sts_fetch_cancel(domain->fetch);
	mta_sts_policy_unref(domain->policy);
	g_free(domain->name);
	g_free(domain);
}

static void
domain_set_policy(
    struct domain *domain, struct mta_sts_policy *policy, const char *id, int64_t expires_at)
{
	mta_sts_policy_unref(domain->policy);
	domain->policy = policy;
	domain->expires_at = expires_at;
	g_strlcpy(domain->id, id, sizeof(domain->id));
}

static void
domain_tell(const struct domain *domain, mta_sts_done *done, void *arg)
{
	if (domain->is_unavailable)
		done(arg, MTA_STS_UNAVAILABLE, NULL);
	else if (domain->policy == NULL || domain->policy->mode == MTA_STS_NONE)
		done(arg, MTA_STS_ABSENT, NULL);
	else
		done(arg, MTA_STS_FOUND, domain->policy);
}

/* All is known: for that many seconds. */
static void
domain_finish(struct domain *domain, int seconds)
{
	GList *link;

	domain->known_until = clock_now() + seconds * CLOCK_SECOND;
	while ((link = g_queue_pop_head_link(&domain->waits)) != NULL) {
		struct mta_sts_wait *wait = link->data;

		domain_tell(domain, wait->done, wait->arg);
		g_free(wait);
	}
	/* Only now: one that is idle may be forgotten at any time. */
	domain->state = DOMAIN_IDLE;
}

static void
domain_keep(const struct domain *domain)
{
	const struct mta_sts_policy *policy = domain->policy;

	mta_sts_store_write(domain->sts->worker,
	    &(struct mta_sts_row){.domain = domain->name,
		.id = domain->id,
		.mode = mta_sts_mode_name(policy->mode),
		.max_age = policy->max_age,
		.patterns = policy->patterns});
	log_info("mta-sts-policy", "domain=\"%s\" id=\"%s\" mode=%s max_age=%u", domain->name,
	    domain->id, mta_sts_mode_name(policy->mode), policy->max_age);
}

static void
domain_on_fetched(void *arg, struct mta_sts_policy *policy, const char *reason)
{
	struct domain *domain = arg;
	char id[MTA_STS_ID_MAX + 1];

	domain->fetch = NULL;
	if (policy == NULL) {
		log_warning("mta-sts-fetch-failed", "domain=\"%s\" reason=\"%s\" kept=%s",
		    domain->name, reason,
		    domain->policy != NULL ? mta_sts_mode_name(domain->policy->mode) : "none");
		domain_finish(domain, MTA_STS_TTL_SECONDS);
		return;
	}
	g_strlcpy(id, domain->new_id[0] != '\0' ? domain->new_id : domain->id, sizeof(id));
	domain_set_policy(domain, policy, id, clock_now() + policy->max_age * CLOCK_SECOND);
	domain_keep(domain);
	domain_finish(domain, domain->ttl);
}

/* What DNS and the database say is known. */
static void
domain_on_answers(struct domain *domain)
{
	bool is_known = domain->policy != NULL &&
	    (domain->new_id[0] == '\0' || g_str_equal(domain->new_id, domain->id));
	bool is_wanted = domain->new_id[0] != '\0' || domain->policy != NULL;

	if (domain->is_unavailable) {
		domain_finish(domain, 0);
	} else if (!is_wanted || (is_known && !domain->is_refresh)) {
		domain_finish(domain, domain->ttl);
	} else {
		domain->state = DOMAIN_FETCHING;
		domain->fetch = mta_sts_fetch_start(domain->sts->base, domain->sts->resolver,
		    domain->sts->https, domain->sts->settings, domain->name, domain_on_fetched,
		    domain);
	}
}

/* RFC 8461 3.1: exactly one record that begins as ours do, and that one well formed. */
static void
domain_read_records(struct domain *domain, const struct ub_result *result)
{
	unsigned found = 0;

	domain->ttl = MIN(MTA_STS_TTL_SECONDS, result->ttl);
	for (int i = 0; result->data[i] != NULL; i++) {
		enum mta_sts_record record =
		    mta_sts_record_parse(result->data[i], (size_t)result->len[i], domain->new_id);

		if (record == MTA_STS_RECORD_OTHER)
			continue;
		found += record == MTA_STS_RECORD_GOOD ? 1 : 2;
	}
	if (found != 1)
		domain->new_id[0] = '\0';
}

static void
domain_on_records(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	struct domain *domain = arg;

	(void)reason;
	domain->query = NULL;
	if (outcome == RESOLVER_FOUND)
		domain_read_records(domain, result);
	if (domain->stored == NULL)
		domain_on_answers(domain);
}

static void
domain_take_stored(struct domain *domain, const struct mta_sts_row *row)
{
	struct mta_sts_policy *policy;
	enum mta_sts_mode mode;

	if (!mta_sts_mode_read(row->mode, &mode))
		return;
	policy = mta_sts_policy_create(mode, row->max_age);
	for (guint i = 0; i < row->patterns->len; i++)
		g_ptr_array_add(policy->patterns, g_strdup(g_ptr_array_index(row->patterns, i)));
	domain_set_policy(domain, policy, row->id, row->expires_at);
}

static void
domain_on_stored(void *arg, enum db_outcome outcome, const struct mta_sts_row *row)
{
	struct stored *stored = arg;
	struct domain *domain = stored->domain;

	g_free(stored);
	if (domain == NULL)
		return;
	domain->stored = NULL;
	domain->is_unavailable = outcome != DB_OK;
	if (row != NULL)
		domain_take_stored(domain, row);
	if (domain->query == NULL)
		domain_on_answers(domain);
}

static void
domain_ask(struct domain *domain, bool is_refresh)
{
	g_autofree char *name = g_strconcat("_mta-sts.", domain->name, NULL);

	domain->state = DOMAIN_ASKING;
	domain->is_refresh = is_refresh;
	domain->is_unavailable = false;
	domain->new_id[0] = '\0';
	domain->ttl = MTA_STS_TTL_SECONDS;
	if (domain->policy != NULL && domain->expires_at <= clock_now())
		domain_set_policy(domain, NULL, "", 0);
	domain->query =
	    resolver_ask(domain->sts->resolver, name, RESOLVER_TXT, domain_on_records, domain);
	domain->stored = g_new0(struct stored, 1);
	domain->stored->domain = domain;
	if (mta_sts_store_read(domain->sts->worker, domain->name, domain_on_stored, domain->stored))
		return;
	g_free(domain->stored);
	domain->stored = NULL;
	domain->is_unavailable = true;
}

static gboolean
domain_is_idle(gpointer name, gpointer value, gpointer arg)
{
	const struct domain *domain = value;

	(void)name;
	(void)arg;
	return domain->state == DOMAIN_IDLE;
}

static struct domain *
sts_domain(struct mta_sts *sts, const char *name)
{
	struct domain *domain = g_hash_table_lookup(sts->domains, name);

	if (domain != NULL)
		return domain;
	if (g_hash_table_size(sts->domains) >= MTA_STS_DOMAINS_MAX)
		(void)g_hash_table_foreach_remove(sts->domains, domain_is_idle, NULL);
	domain = g_new0(struct domain, 1);
	domain->sts = sts;
	domain->name = g_strdup(name);
	g_queue_init(&domain->waits);
	g_hash_table_insert(sts->domains, domain->name, domain);
	return domain;
}

struct mta_sts_wait *
mta_sts_find(struct mta_sts *sts, const char *name, mta_sts_done *done, void *arg)
{
	struct domain *domain = sts_domain(sts, name);
	int64_t now = clock_now();
	struct mta_sts_wait *wait;

	if (domain->state == DOMAIN_IDLE && domain->known_until > now &&
	    (domain->policy == NULL || domain->expires_at > now)) {
		domain_tell(domain, done, arg);
		return NULL;
	}
	if (domain->state == DOMAIN_IDLE)
		domain_ask(domain, false);
	wait = g_new0(struct mta_sts_wait, 1);
	wait->domain = domain;
	wait->link.data = wait;
	wait->done = done;
	wait->arg = arg;
	g_queue_push_tail_link(&domain->waits, &wait->link);
	return wait;
}

void
mta_sts_cancel(struct mta_sts_wait *wait)
{
	g_queue_unlink(&wait->domain->waits, &wait->link);
	g_free(wait);
}

static void
sts_on_due(void *arg, const GPtrArray *names)
{
	struct due *due = arg;
	struct mta_sts *sts = due->sts;

	g_free(due);
	if (sts == NULL)
		return;
	sts->due = NULL;
	for (guint i = 0; names != NULL && i < names->len; i++) {
		struct domain *domain = sts_domain(sts, g_ptr_array_index(names, i));

		if (domain->state == DOMAIN_IDLE)
			domain_ask(domain, true);
	}
}

static void
sts_on_poll(evutil_socket_t socket, short what, void *arg)
{
	struct mta_sts *sts = arg;

	(void)socket;
	(void)what;
	if (sts->due != NULL)
		return;
	sts->due = g_new0(struct due, 1);
	sts->due->sts = sts;
	if (mta_sts_store_take_due(sts->worker, sts_on_due, sts->due))
		return;
	g_free(sts->due);
	sts->due = NULL;
}

struct mta_sts *
mta_sts_create(struct event_base *base, struct db_worker *worker, struct resolver *resolver,
    const struct deliver_settings *settings, struct error *error)
{
	static const struct timeval period = {.tv_sec = MTA_STS_POLL_SECONDS};
	struct https_loop *https = https_loop_create(base, mta_sts_fetch_on_https, error);
	struct mta_sts *sts;

	if (https == NULL)
		return NULL;
	sts = g_new0(struct mta_sts, 1);
	sts->base = base;
	sts->worker = worker;
	sts->resolver = resolver;
	sts->settings = settings;
	sts->https = https;
	sts->domains = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, domain_free);
	sts->poll = event_new(base, -1, EV_PERSIST, sts_on_poll, sts);
	event_add(sts->poll, &period);
	return sts;
}

void
mta_sts_destroy(struct mta_sts *sts)
{
	if (sts == NULL)
		return;
	if (sts->due != NULL)
		sts->due->sts = NULL;
	g_hash_table_destroy(sts->domains);
	https_loop_destroy(sts->https);
	event_free(sts->poll);
	g_free(sts);
}
