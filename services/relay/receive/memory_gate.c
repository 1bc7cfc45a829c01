#include "services/relay/receive/memory_gate.h"

#include <assert.h>

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

void
memory_gate_open(struct memory_gate *gate, struct memory_budget *budget)
{
	*gate = (struct memory_gate){.budget = budget};
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
	if (gate->turn != NULL)
		gate->turn->resume(gate->turn->arg);
}
