/*
 * Checks passwords off the event loop: one thread, because a check takes tens of milliseconds of CPU on purpose.
 */
#ifndef SERVICES_RELAY_RECEIVE_CHECKER_H
#define SERVICES_RELAY_RECEIVE_CHECKER_H

#include <stdbool.h>

#include "base/error.h"

struct event_base;
struct checker;
struct checker_job;

enum { CHECKER_QUEUE_MAX = 64 }; /* checks that wait; beyond it a login gets 454 4.7.0 */

struct checker *checker_create(struct event_base *base, struct error *error);

/* Waits for the check under way. Jobs not done are forgotten: done is not called. */
void checker_destroy(struct checker *checker);

typedef void checker_done(void *arg, bool matches);

/*
 * Asks whether clear is the password behind stored_hash; NULL: there is no such account, the time is spent all the
 * same. Both are copied; the clear text is wiped after use. done is called from the event loop, never from here.
 * Returns NULL when the queue is full.
 */
struct checker_job *checker_ask(struct checker *checker, const char *stored_hash, const char *clear,
    checker_done *done, void *arg);

/* done will not be called. Only before it was. */
void checker_cancel(struct checker_job *job);

#endif
