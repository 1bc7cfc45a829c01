/*
 * The parent of all: starts the processes stage by stage, starts again what dies, and stops them in reverse.
 *
 *   supervisor_create() -> supervisor_add() ... -> supervisor_run() -> supervisor_destroy()
 *
 * SIGTERM, SIGINT: a clean stop, within the configured time; a second one: at once. SIGHUP: a reload; each process is
 * replaced by a successor. It does nothing that could block, and talks to no database.
 */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include "server/process.h"

struct private_postgres;
struct supervisor;

/* POSTGRES and MAINTENANCE: what the others need. CAPTURE stops after the relays that deliver to it. */
enum supervisor_stage {
	SUPERVISOR_STAGE_POSTGRES,
	SUPERVISOR_STAGE_MAINTENANCE,
	SUPERVISOR_STAGE_CAPTURE,
	SUPERVISOR_STAGE_SERVICES,
	SUPERVISOR_STAGES
};

enum supervisor_hangup { SUPERVISOR_HANGUP_RELOADS, SUPERVISOR_HANGUP_STOPS };

struct supervisor_events {
	void (*ready)(void *arg); /* every process serves, for the first time */
	/* Reads the configuration anew into start, which stays valid until the next call; false: it is wrong (and that
	 * was logged), all goes on as it was. */
	bool (*reload)(void *arg, struct process_start *start);
};

/* start: what children get. events and arg must outlive it. hangup: what SIGHUP means (on a terminal that closes, a stop). */
struct supervisor *supervisor_create(const struct process_start *start,
    enum supervisor_hangup hangup, const struct supervisor_events *events, void *arg);

void supervisor_add(struct supervisor *supervisor, const char *name, enum supervisor_stage stage,
    process_main *run);
void supervisor_add_postgres(struct supervisor *supervisor, struct private_postgres *postgres);

/* Returns when everything has ended: true after a clean stop, false when a process could not start (error). */
bool supervisor_run(struct supervisor *supervisor, struct error *error);
void supervisor_destroy(struct supervisor *supervisor);

#endif
