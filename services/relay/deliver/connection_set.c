#include "services/relay/deliver/connection_set.h"

#include <event2/event.h>

static void
connection_set_reap(evutil_socket_t socket, short what, void *arg)
{
	struct connection_set *set = arg;

	(void)socket;
	(void)what;
	g_ptr_array_set_size(set->closed, 0);
}

struct connection_set *
connection_set_create(
    struct event_base *base, const struct deliver_settings *settings, struct error *error)
{
	SSL_CTX *tls = security_create_context(settings, error);
	struct connection_set *set;

	if (tls == NULL)
		return NULL;
	set = g_new0(struct connection_set, 1);
	set->base = base;
	set->settings = settings;
	set->tls = tls;
	g_queue_init(&set->leaving);
	set->closed = g_ptr_array_new_with_free_func(g_free);
	set->reaper = evtimer_new(base, connection_set_reap, set);
	return set;
}

void
connection_set_destroy(struct connection_set *set)
{
	if (set == NULL)
		return;
	while (set->leaving.head != NULL)
		connection_close(set->leaving.head->data);
	event_free(set->reaper);
	g_ptr_array_unref(set->closed);
	SSL_CTX_free(set->tls);
	g_free(set);
}
