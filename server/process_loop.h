/* The event loop of a child process, and the one signal that it obeys. */
#ifndef SERVER_PROCESS_LOOP_H
#define SERVER_PROCESS_LOOP_H

#include <stdbool.h>

#include "base/error.h"

struct event_base;
struct process_loop;

/* stop(arg): SIGTERM came, once. The owner ends what it began, then calls process_loop_end(). */
struct process_loop *process_loop_create(void (*stop)(void *arg), void *arg, struct error *error);
struct event_base *process_loop_base(const struct process_loop *loop);

/* Returns after process_loop_end(). */
void process_loop_run(struct process_loop *loop);
void process_loop_end(struct process_loop *loop);

/* Takes NULL. */
void process_loop_destroy(struct process_loop *loop);

#endif
