#include "base/login_throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "base/clock.h"

enum { THROTTLE_WINDOW_SECONDS = 60, THROTTLE_STEP_MS = 500, THROTTLE_KEY_SIZE = 9 };

struct throttle_count {
	int64_t window_start; /* microseconds */
	unsigned failures;
};

struct login_throttle {
	pthread_mutex_t mutex;
	GHashTable *counts; /* network key (GBytes) -> struct throttle_count */
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

/* An IPv4 address, or the /64 of an IPv6 one: who has one of those has them all. */
static GBytes *
throttle_key(const char *address)
{
	unsigned char binary[16] = {0};
	unsigned char key[THROTTLE_KEY_SIZE] = {0};

	if (inet_pton(AF_INET6, address, binary) == 1) {
		static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
		bool is_mapped = memcmp(binary, mapped, sizeof(mapped)) == 0;

		key[0] = is_mapped ? 4 : 6;
		memcpy(key + 1, is_mapped ? binary + 12 : binary, is_mapped ? 4 : 8);
	} else if (inet_pton(AF_INET, address, binary) == 1) {
		key[0] = 4;
		memcpy(key + 1, binary, 4);
	}
	return g_bytes_new(key, sizeof(key));
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

int
login_throttle_delay(struct login_throttle *throttle, const char *address)
{
	GBytes *key = throttle_key(address);
	struct throttle_count *count;
	unsigned doublings;
	int delay = 0;

	pthread_mutex_lock(&throttle->mutex);
	count = g_hash_table_lookup(throttle->counts, key);
	if (count != NULL && !throttle_count_is_old(count, clock_now()) &&
	    count->failures >= LOGIN_FAILURES_FREE) {
		doublings = MIN(count->failures - LOGIN_FAILURES_FREE, 6);
		delay = MIN(THROTTLE_STEP_MS << doublings, LOGIN_DELAY_MAX_MS);
	}
	pthread_mutex_unlock(&throttle->mutex);
	g_bytes_unref(key);
	return delay;
}

void
login_throttle_failed(struct login_throttle *throttle, const char *address)
{
	GBytes *key = throttle_key(address);
	int64_t now = clock_now();
	struct throttle_count *count;

	pthread_mutex_lock(&throttle->mutex);
	count = g_hash_table_lookup(throttle->counts, key);
	if (count == NULL && g_hash_table_size(throttle->counts) >= LOGIN_ADDRESSES_MAX)
		g_hash_table_foreach_remove(throttle->counts, throttle_remove_old, &now);
	if (count == NULL && g_hash_table_size(throttle->counts) < LOGIN_ADDRESSES_MAX) {
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
