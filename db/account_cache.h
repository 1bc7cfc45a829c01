/* Accounts that look-ups found lately, by the address or the name that was asked for. Bounded in time and number. */
#ifndef DB_ACCOUNT_CACHE_H
#define DB_ACCOUNT_CACHE_H

#include <libpq-fe.h>

#include "db/account_lookup.h"

struct account_list {
	unsigned count; /* 0: nobody, which is worth remembering too */
	struct account_identity *accounts;
};

/* From rows of account_id, name, password_hash. */
struct account_list *account_list_create(const PGresult *result);
void account_list_free(struct account_list *list);

struct account_cache;

struct account_cache *account_cache_create(void);
void account_cache_destroy(struct account_cache *cache);

/* What is known under key and not older than ACCOUNT_CACHE_SECONDS; NULL: not known. Valid until the cache changes. */
const struct account_list *account_cache_find(struct account_cache *cache, const char *key);

/* Takes the list, copies the key. The oldest entry leaves when there are more than ACCOUNT_CACHE_MAX. */
void account_cache_put(struct account_cache *cache, const char *key, struct account_list *list);
void account_cache_clear(struct account_cache *cache);

#endif
