#include "services/soap/campaign_days.h"

#include <pthread.h>

#include <glib.h>

#include "db/smtp_log.h"

struct campaign_days {
	pthread_mutex_t mutex;
	GHashTable *entries; /* set of struct campaign_day, by account and campaign */
};

struct campaign_day {
	int64_t account_id;
	int32_t campaign_id;
	const char *statement;
};

static guint
entry_hash(gconstpointer data)
{
	const struct campaign_day *entry = data;
	return g_int64_hash(&entry->account_id) * 31 + (guint)entry->campaign_id;
}

static gboolean
entry_equal(gconstpointer data, gconstpointer other_data)
{
	const struct campaign_day *entry = data, *other = other_data;

	return entry->account_id == other->account_id && entry->campaign_id == other->campaign_id;
}

struct campaign_days *
campaign_days_create(void)
{
	struct campaign_days *days = g_new0(struct campaign_days, 1);

	pthread_mutex_init(&days->mutex, NULL);
	days->entries = g_hash_table_new_full(entry_hash, entry_equal, g_free, NULL);
	return days;
}

void
campaign_days_destroy(struct campaign_days *days)
{
	g_hash_table_unref(days->entries);
	pthread_mutex_destroy(&days->mutex);
	g_free(days);
}

void
campaign_days_put(struct campaign_days *days, int64_t account_id, int32_t campaign_id, int64_t day)
{
	struct campaign_day *entry = g_new(struct campaign_day, 1);

	*entry = (struct campaign_day){account_id, campaign_id, smtp_log_campaign_statement(day)};
	pthread_mutex_lock(&days->mutex);
	if (g_hash_table_size(days->entries) >= CAMPAIGN_DAYS_MAX)
		g_hash_table_remove_all(days->entries);
	g_hash_table_add(days->entries, entry);
	pthread_mutex_unlock(&days->mutex);
}

const char *
campaign_days_find(struct campaign_days *days, int64_t account_id, int32_t campaign_id)
{
	const struct campaign_day wanted = {.account_id = account_id, .campaign_id = campaign_id};
	const struct campaign_day *entry;
	const char *statement;

	pthread_mutex_lock(&days->mutex);
	entry = g_hash_table_lookup(days->entries, &wanted);
	statement = entry != NULL ? entry->statement : NULL;
	pthread_mutex_unlock(&days->mutex);
	return statement;
}
