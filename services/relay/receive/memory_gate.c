#include "services/relay/receive/memory_gate.h"

#include <assert.h>

#include <event2/event.h>

static struct memory_gate_pass *
gate_next(struct memory_gate *gate)
{
	GList *link = g_queue_pop_head_link(&gate->waiting);
	struct memory_gate_pass *pass;

	if (link == NULL)
		return NULL;
	pass = link->data;
	pass->is_waiting = false;
	return pass;
}

static void
gate_on_relieved(void *arg)
{
	struct memory_gate *gate = arg;
	struct memory_gate_pass *pass;

	while ((pass = gate_next(gate)) != NULL)
		pass->resume(pass->arg);
}

static void
gate_watch(struct memory_gate *gate)
{
	const struct timeval patience = {.tv_sec = gate->turn_seconds};

	if (gate->turn == NULL || g_queue_is_empty(&gate->waiting))
		event_del(gate->patience);
	else if (!event_pending(gate->patience, EV_TIMEOUT, NULL))
		event_add(gate->patience, &patience);
}

static void
gate_on_overdue(evutil_socket_t fd, short events, void *arg)
{
	struct memory_gate *gate = arg;

	(void)fd;
	(void)events;
	if (gate->turn != NULL && !g_queue_is_empty(&gate->waiting))
		gate->turn->overdue(gate->turn->arg);
	gate_watch(gate);
}

void
memory_gate_open(struct memory_gate *gate, struct memory_budget *budget, struct event_base *base,
    unsigned turn_seconds)
{
	*gate = (struct memory_gate){.budget = budget, .turn_seconds = turn_seconds};
	gate->patience = evtimer_new(base, gate_on_overdue, gate);
	g_queue_init(&gate->waiting);
	if (budget == NULL)
		return;
	assert(budget->relieved == NULL);
	budget->relieved = gate_on_relieved;
	budget->relieved_arg = gate;
}

void
memory_gate_close(struct memory_gate *gate)
{
	assert(gate->turn == NULL && g_queue_is_empty(&gate->waiting));
	event_free(gate->patience);
	if (gate->budget == NULL)
		return;
	gate->budget->relieved = NULL;
	gate->budget->relieved_arg = NULL;
}

bool
memory_gate_ask(struct memory_gate *gate, struct memory_gate_pass *pass)
{
	if (pass->is_waiting)
		return false;
	if (gate->budget == NULL || !memory_budget_spent(gate->budget))
		return true;
	if (gate->turn == NULL)
		gate->turn = pass;
	if (gate->turn == pass)
		return true;
	pass->is_waiting = true;
	pass->link.data = pass;
	g_queue_push_tail_link(&gate->waiting, &pass->link);
	gate_watch(gate);
	return false;
}

void
memory_gate_leave(struct memory_gate *gate, struct memory_gate_pass *pass)
{
	if (pass->is_waiting) {
		g_queue_unlink(&gate->waiting, &pass->link);
		pass->is_waiting = false;
	}
	if (gate->turn != pass)
		return;
	gate->turn = gate_next(gate);
	event_del(gate->patience);
	gate_watch(gate);
	if (gate->turn != NULL)
		gate->turn->resume(gate->turn->arg);
}
