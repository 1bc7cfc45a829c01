#include "db/account_cache.h"

#include <glib.h>

#include "db/row.h"

struct account_cache {
	GHashTable *entries; /* key -> struct account_cache_entry */
	GQueue order;        /* struct account_cache_entry, oldest first */
};

struct account_cache_entry {
	char *key;
	struct account_list *list;
	gint64 expires; /* g_get_monotonic_time() */
};

struct account_list *
account_list_create(const PGresult *result)
{
	struct account_list *list = g_new0(struct account_list, 1);

	list->count = (unsigned)PQntuples(result);
	list->accounts = g_new0(struct account_identity, list->count);
	for (unsigned i = 0; i < list->count; i++) {
		list->accounts[i].account_id = row_number(result, (int)i, 0);
		list->accounts[i].name = g_strdup(row_text(result, (int)i, 1));
		list->accounts[i].password_hash = g_strdup(row_text(result, (int)i, 2));
	}
	return list;
}

void
account_list_free(struct account_list *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		g_free((char *)list->accounts[i].name);
		g_free((char *)list->accounts[i].password_hash);
	}
	g_free(list->accounts);
	g_free(list);
}

static void
cache_entry_free(void *data)
{
	struct account_cache_entry *entry = data;

	account_list_free(entry->list);
	g_free(entry->key);
	g_free(entry);
}

struct account_cache *
account_cache_create(void)
{
	struct account_cache *cache = g_new0(struct account_cache, 1);

	cache->entries = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&cache->order);
	return cache;
}

void
account_cache_destroy(struct account_cache *cache)
{
	account_cache_clear(cache);
	g_hash_table_destroy(cache->entries);
	g_free(cache);
}

void
account_cache_clear(struct account_cache *cache)
{
	g_hash_table_remove_all(cache->entries);
	g_queue_clear_full(&cache->order, cache_entry_free);
}

static void
cache_drop_oldest(struct account_cache *cache)
{
	struct account_cache_entry *entry = g_queue_pop_head(&cache->order);

	g_hash_table_remove(cache->entries, entry->key);
	cache_entry_free(entry);
}

const struct account_list *
account_cache_find(struct account_cache *cache, const char *key)
{
	const struct account_cache_entry *entry;
	gint64 now = g_get_monotonic_time();

	while ((entry = g_queue_peek_head(&cache->order)) != NULL && entry->expires <= now)
		cache_drop_oldest(cache);
	entry = g_hash_table_lookup(cache->entries, key);
	return entry == NULL ? NULL : entry->list;
}

void
account_cache_put(struct account_cache *cache, const char *key, struct account_list *list)
{
	struct account_cache_entry *entry;

	if (g_hash_table_contains(cache->entries, key)) {
		/* Two asked at the same time; what the first was told is as young. */
		account_list_free(list);
		return;
	}
	entry = g_new0(struct account_cache_entry, 1);
	entry->key = g_strdup(key);
	entry->list = list;
	entry->expires = g_get_monotonic_time() + ACCOUNT_CACHE_SECONDS * G_USEC_PER_SEC;
	g_hash_table_insert(cache->entries, entry->key, entry);
	g_queue_push_tail(&cache->order, entry);
	if (cache->order.length > ACCOUNT_CACHE_MAX)
		cache_drop_oldest(cache);
}
