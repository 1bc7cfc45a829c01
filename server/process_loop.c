#include "server/process_loop.h"

#include <signal.h>

#include <event2/event.h>
#include <glib.h>

#include "server/process_heap.h"

struct process_loop {
	struct event_base *base;
	struct event *term;
	struct event *heap;
	void (*stop)(void *arg);
	void *arg;
	bool stopping;
};

static void
process_loop_on_term(evutil_socket_t number, short what, void *arg)
{
	struct process_loop *loop = arg;

	(void)number;
	(void)what;
	if (loop->stopping)
		return;
	loop->stopping = true;
	loop->stop(loop->arg);
}

struct process_loop *
process_loop_create(void (*stop)(void *arg), void *arg, struct error *error)
{
	struct process_loop *loop = g_new0(struct process_loop, 1);

	loop->stop = stop;
	loop->arg = arg;
	loop->base = event_base_new();
	if (loop->base != NULL)
		loop->term = evsignal_new(loop->base, SIGTERM, process_loop_on_term, loop);
	if (loop->base != NULL)
		loop->heap = process_heap_watch(loop->base);
	if (loop->term != NULL && loop->heap != NULL && evsignal_add(loop->term, NULL) == 0)
		return loop;
	error_set(error, "libevent has no event loop for this machine");
	process_loop_destroy(loop);
	return NULL;
}

struct event_base *
process_loop_base(const struct process_loop *loop)
{
	return loop->base;
}

void
process_loop_run(struct process_loop *loop)
{
	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
process_loop_end(struct process_loop *loop)
{
	event_base_loopexit(loop->base, NULL);
}

void
process_loop_destroy(struct process_loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->term != NULL)
		event_free(loop->term);
	if (loop->heap != NULL)
		event_free(loop->heap);
	if (loop->base != NULL)
		event_base_free(loop->base);
	g_free(loop);
}
