/*
 * With which keys does an account sign for a domain? For the relay: asynchronous, remembered for ACCOUNT_CACHE_SECONDS
 * and dropped at once when NOTIFY bracemail_account says that an account changed.
 */
#ifndef DB_DKIM_KEY_LOOKUP_H
#define DB_DKIM_KEY_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/dkim_key.h"
#include "db/worker.h"

enum { DKIM_KEY_SETS_MAX = 10000 /* remembered */ };

/* The active keys of one domain, by selector. Shared by reference within a process, single-threaded. */
struct dkim_key_set {
	unsigned references;
	GPtrArray *keys; /* struct dkim_key; none is worth remembering too */
	void *prepared;  /* what the relay keeps between messages; or NULL */
	void (*prepared_free)(void *prepared);
};

struct dkim_key_set *dkim_key_set_ref(struct dkim_key_set *set);
void dkim_key_set_unref(struct dkim_key_set *set);

/*
 * The keys for mail from `domain` (lower case, A-labels): the domain's own, or those of the closest domain above it
 * that has active ones. NULL: not known, to be asked for. Valid until the event loop runs on, or longer with a reference.
 */
struct dkim_key_set *dkim_keys_known(
    struct db_worker *worker, int64_t account_id, const char *domain);

/* set: valid during the call, or longer with a reference; NULL unless DB_OK. */
typedef void dkim_keys_found(void *arg, enum db_outcome outcome, struct dkim_key_set *set);

/* Asks the database. Returns false when that cannot be done just now; found is not called then. */
bool dkim_keys_ask(struct db_worker *worker, int64_t account_id, const char *domain,
    dkim_keys_found *found, void *arg);

#endif
