/*
 * Who may read message data while memory is short: everybody while the budget lasts; when it is spent one
 * session at a time, in order of asking, so that something always ends. The turn lasts until that message is answered,
 * or, while others wait, for so many seconds: then its holder is told, and is to give up its message.
 */
#ifndef SERVICES_RELAY_RECEIVE_MEMORY_GATE_H
#define SERVICES_RELAY_RECEIVE_MEMORY_GATE_H

#include <stdbool.h>

#include <glib.h>

#include "base/memory_budget.h"

struct event;
struct event_base;

struct memory_gate {
	struct memory_budget *budget; /* NULL: memory is never short */
	struct memory_gate_pass *turn;
	GQueue waiting;         /* of struct memory_gate_pass */
	struct event *patience; /* runs while one has the turn and others wait */
	unsigned turn_seconds;
};

/* One session's place at the gate, embedded in it. Zeroed but for the calls and arg at first. */
struct memory_gate_pass {
	void (*resume)(void *arg);  /* may ask again; must not do so from within this call */
	void (*overdue)(void *arg); /* the turn took too long; may leave the gate */
	void *arg;
	bool is_waiting;
	GList link;
};

/* Installs itself as budget->relieved. */
void memory_gate_open(struct memory_gate *gate, struct memory_budget *budget,
    struct event_base *base, unsigned turn_seconds);

/* Takes itself out of the budget again. Nobody waits. */
void memory_gate_close(struct memory_gate *gate);

/* True: read on. False: do not, until resume is called. */
bool memory_gate_ask(struct memory_gate *gate, struct memory_gate_pass *pass);

/* The message is answered, or the session ends. */
void memory_gate_leave(struct memory_gate *gate, struct memory_gate_pass *pass);

#endif
