/*
 * How hard a destination is driven: connections at once, messages a minute, and rest after
 * failures. No sockets, no timers: the caller says what happened and when, and asks what it may do.
 *
 * The number of connections grows with each success up to the settings' limit. A server that
 * answers 421 or 4xx at the door halves it; from half on it grows slowly. A destination that could
 * not be reached PACE_FAILURES times in a row rests. After a failure one connection tries before
 * others do.
 * Times: microseconds (base/clock.h).
 */
#ifndef SERVICES_RELAY_DELIVER_PACE_H
#define SERVICES_RELAY_DELIVER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/relay/deliver/scheduler.h"

enum {
	PACE_CONNECTIONS_FIRST = 5, /* to a destination of which nothing is known */
	PACE_FAILURES = 3,          /* in a row, until it rests */
	PACE_REST_FIRST = 60,       /* seconds; twice as long each further time */
	PACE_REST_MAX = 900         /* seconds; also how long a failure is remembered */
};

struct pace {
	const struct deliver_settings *settings;
	unsigned connections; /* allowed at once */
	unsigned slow_from;   /* from so many on they grow by one a round, below by one a success */
	unsigned successes;   /* of this round, when growing slowly */
	unsigned failures;    /* in a row */
	unsigned rests;       /* in a row */
	int64_t shrunk_at;
	int64_t failed_at;
	int64_t next_try;  /* it rests until then */
	int64_t next_turn; /* when the next message may go */
};

/* settings must outlive it. */
void pace_start(struct pace *pace, const struct deliver_settings *settings);

/* The server took part in a transaction, whatever became of the message. */
void pace_succeeded(struct pace *pace);

/* The server answered, but not now: 421 or 4xx. began_at: when this connection was asked for. */
void pace_held_back(struct pace *pace, int64_t began_at, int64_t now);

/* No server could be reached. */
void pace_failed(struct pace *pace, int64_t now);

/* Someone knows better: it rests no longer. One connection tries before others do. */
void pace_rouse(struct pace *pace);

/* Whether nothing is to be tried before next_try. */
bool pace_is_resting(const struct pace *pace, int64_t now);

/* How many connections there may be. */
unsigned pace_connections(const struct pace *pace);

/* A message goes: the next one has its turn a little later, if there is a rate. */
void pace_take_turn(struct pace *pace, int64_t now);

/* When nothing of this is worth remembering any more; 0: at once. */
int64_t pace_forgotten_at(const struct pace *pace);

#endif
