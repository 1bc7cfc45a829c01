/*
 * One place in the supervisor's table: the process that should run there, when it starts again after it
 * died, and its predecessor while a reload replaces it.
 */
#ifndef SERVER_SLOT_H
#define SERVER_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/process.h"

struct private_postgres;

enum {
	SLOT_BACKOFF_FIRST_MS =
	    100, /* the first death is repaired at once, a second soon after it waits this long */
	SLOT_BACKOFF_MAX_MS = 5000,
	SLOT_STEADY_MS = 10000,     /* who lived this long has not died repeatedly */
	SLOT_KILL_GRACE_MS = 5000,  /* after the time to drain */
	SLOT_POSTGRES_SECONDS = 120 /* to shut down: it writes a checkpoint */
};

enum slot_state {
	SLOT_DOWN,     /* no process; starts at start_at */
	SLOT_STARTING, /* runs, not ready yet */
	SLOT_READY
};

struct slot {
	char name[PROCESS_NAME_SIZE];
	unsigned stage;    /* a stage starts when the one before it is ready, and stops before it */
	process_main *run; /* NULL: postgres */
	struct private_postgres *postgres; /* or NULL */
	enum slot_state state;
	pid_t pid;          /* 0 when down */
	int report;         /* -1: closed */
	int64_t started_at; /* monotonic, ms */
	int64_t start_at;
	unsigned failures; /* deaths in a row */
	pid_t predecessor; /* 0: none */
	int64_t kill_at;   /* when whoever was asked to stop gets SIGKILL; 0: nobody was */
	bool stopping;     /* all of it, not the predecessor alone */
};

/* Milliseconds of the monotonic clock. */
int64_t slot_now(void);

/* Starts the process; when even that fails, it is tried again later. */
void slot_start(struct slot *slot, const struct process_start *start);

/* What the process says by now. error: for PROCESS_REPORT_FAILED. */
enum process_report slot_listen(struct slot *slot, struct error *error);

/* Asks the process to end within `seconds`. Asking again changes nothing. */
void slot_stop(struct slot *slot, unsigned seconds);

/* SIGKILL (postgres: its immediate shutdown, once more fast) to everything in it. */
void slot_kill(struct slot *slot);

/* Starts a successor beside the running process: they share their addresses. */
void slot_replace(struct slot *slot, const struct process_start *start);

/* The successor is ready: the predecessor ends within `seconds`. */
void slot_retire(struct slot *slot, unsigned seconds);

/* Notes that pid is gone. Returns whether it belonged here. */
bool slot_reap(struct slot *slot, pid_t pid, int status);

/* Whether any process of it is alive. */
bool slot_is_alive(const struct slot *slot);

/* Sends SIGKILL to those whose time is over. */
void slot_enforce(struct slot *slot);

/* The moment slot_enforce() or slot_start() has something to do; INT64_MAX: none. */
int64_t slot_due(const struct slot *slot);

#endif
