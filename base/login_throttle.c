#include "base/login_throttle.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/clock.h"
#include "base/network.h"

enum { THROTTLE_WINDOW_SECONDS = 60, THROTTLE_STEP_MS = 500, THROTTLE_DIGEST_SIZE = 32 };

struct throttle_count {
	int64_t window_start; /* microseconds */
	unsigned failures;
};

struct login_throttle {
	pthread_mutex_t mutex;
	GHashTable *counts; /* network_client_key(), or an account's -> struct throttle_count */
};

struct login_throttle *
login_throttle_create(void)
{
	struct login_throttle *throttle = g_new0(struct login_throttle, 1);

	pthread_mutex_init(&throttle->mutex, NULL);
	throttle->counts = g_hash_table_new_full(
	    g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
	return throttle;
}

void
login_throttle_destroy(struct login_throttle *throttle)
{
	g_hash_table_unref(throttle->counts);
	pthread_mutex_destroy(&throttle->mutex);
	g_free(throttle);
}

/* A digest, so that long names take no more memory than short ones; no address has a key of that length. */
static GBytes *
throttle_account_key(const char *name)
{
	guint8 digest[THROTTLE_DIGEST_SIZE];
	gsize length = sizeof(digest);
	GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
	char *folded = g_utf8_casefold(name, -1);

	g_checksum_update(checksum, (const guchar *)folded, -1);
	g_checksum_get_digest(checksum, digest, &length);
	g_free(folded);
	g_checksum_free(checksum);
	return g_bytes_new(digest, length);
}

static bool
throttle_count_is_old(const struct throttle_count *count, int64_t now)
{
	return now - count->window_start >= THROTTLE_WINDOW_SECONDS * CLOCK_SECOND;
}

static gboolean
throttle_remove_old(gpointer key, gpointer value, gpointer now)
{
	(void)key;
	return throttle_count_is_old(value, *(int64_t *)now);
}

/* Takes the key. */
static int
throttle_delay(struct login_throttle *throttle, GBytes *key, unsigned most)
{
	struct throttle_count *count;
	unsigned doublings;
	int delay = 0;

	pthread_mutex_lock(&throttle->mutex);
	count = g_hash_table_lookup(throttle->counts, key);
	if (count != NULL && !throttle_count_is_old(count, clock_now()) &&
	    count->failures >= LOGIN_FAILURES_FREE) {
		doublings = MIN(count->failures - LOGIN_FAILURES_FREE, 6);
		delay = (int)MIN((unsigned)THROTTLE_STEP_MS << doublings, most);
	}
	pthread_mutex_unlock(&throttle->mutex);
	g_bytes_unref(key);
	return delay;
}

/* Takes the key. */
static void
throttle_failed(struct login_throttle *throttle, GBytes *key)
{
	int64_t now = clock_now();
	struct throttle_count *count;

	pthread_mutex_lock(&throttle->mutex);
	count = g_hash_table_lookup(throttle->counts, key);
	if (count == NULL && g_hash_table_size(throttle->counts) >= LOGIN_COUNTS_MAX)
		g_hash_table_foreach_remove(throttle->counts, throttle_remove_old, &now);
	if (count == NULL && g_hash_table_size(throttle->counts) < LOGIN_COUNTS_MAX) {
		count = g_new0(struct throttle_count, 1);
		g_hash_table_insert(throttle->counts, g_bytes_ref(key), count);
	}
	if (count != NULL) {
		if (throttle_count_is_old(count, now))
			*count = (struct throttle_count){.window_start = now};
		count->failures++;
	}
	pthread_mutex_unlock(&throttle->mutex);
	g_bytes_unref(key);
}

int
login_throttle_delay(struct login_throttle *throttle, const char *address)
{
	return throttle_delay(throttle, network_client_key(address), LOGIN_DELAY_MAX_MS);
}

int
login_throttle_account_delay(struct login_throttle *throttle, const char *name)
{
	return throttle_delay(throttle, throttle_account_key(name), LOGIN_ACCOUNT_DELAY_MAX_MS);
}

void
login_throttle_failed(struct login_throttle *throttle, const char *address)
{
	throttle_failed(throttle, network_client_key(address));
}

void
login_throttle_account_failed(struct login_throttle *throttle, const char *name)
{
	throttle_failed(throttle, throttle_account_key(name));
}
