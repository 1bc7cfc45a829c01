#include "services/relay/receive/client_count.h"

#include <stdint.h>

#include <glib.h>

#include "base/clock.h"
#include "base/network.h"

#include "services/relay/receive/receive.h"

struct client {
	unsigned connections; /* now */
	unsigned opened;      /* within the window */
	int64_t window_start; /* microseconds */
};

struct client_count {
	GHashTable *clients; /* network_client_key() -> struct client */
};

struct client_count *
client_count_create(void)
{
	struct client_count *count = g_new0(struct client_count, 1);

	count->clients = g_hash_table_new_full(
	    g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
	return count;
}

void
client_count_destroy(struct client_count *count)
{
	g_hash_table_unref(count->clients);
	g_free(count);
}

static bool
client_window_is_over(const struct client *client, int64_t now)
{
	return now - client->window_start >= CLIENT_COUNT_WINDOW_SECONDS * CLOCK_SECOND;
}

static gboolean
client_is_forgotten(gpointer key, gpointer value, gpointer now)
{
	const struct client *client = value;

	(void)key;
	return client->connections == 0 && client_window_is_over(client, *(int64_t *)now);
}

/* NULL: the table is full. */
static struct client *
client_find(struct client_count *count, GBytes *key, int64_t now)
{
	struct client *client = g_hash_table_lookup(count->clients, key);

	if (client != NULL)
		return client;
	if (g_hash_table_size(count->clients) >= CLIENT_COUNT_MAX)
		g_hash_table_foreach_remove(count->clients, client_is_forgotten, &now);
	if (g_hash_table_size(count->clients) >= CLIENT_COUNT_MAX)
		return NULL;
	client = g_new0(struct client, 1);
	client->window_start = now;
	g_hash_table_insert(count->clients, g_bytes_ref(key), client);
	return client;
}

static enum client_verdict
client_enter(struct client *client, const struct receive_limits *limits, int64_t now)
{
	if (client_window_is_over(client, now)) {
		client->window_start = now;
		client->opened = 0;
	}
	if (client->connections >= limits->address_connections)
		return CLIENT_TOO_MANY;
	if (client->opened >= limits->address_rate)
		return CLIENT_TOO_FAST;
	client->connections++;
	client->opened++;
	return CLIENT_WELCOME;
}

enum client_verdict
client_count_enter(
    struct client_count *count, const char *address, const struct receive_limits *limits)
{
	GBytes *key = network_client_key(address);
	int64_t now = clock_now();
	struct client *client = client_find(count, key, now);
	enum client_verdict verdict =
	    client != NULL ? client_enter(client, limits, now) : CLIENT_WELCOME;

	g_bytes_unref(key);
	return verdict;
}

void
client_count_leave(struct client_count *count, const char *address)
{
	GBytes *key = network_client_key(address);
	struct client *client = g_hash_table_lookup(count->clients, key);

	/* One that came while the table was full may leave after its address got a place. */
	if (client != NULL && client->connections > 0)
		client->connections--;
	g_bytes_unref(key);
}
