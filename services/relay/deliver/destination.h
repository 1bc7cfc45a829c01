/*
 * A destination: a mail domain, or the smarthost. Its deliveries wait here in order; connections to
 * it are kept and used again. Private to the scheduler. A destination frees itself when nothing of
 * it is left.
 */
#ifndef SERVICES_RELAY_DELIVER_DESTINATION_H
#define SERVICES_RELAY_DELIVER_DESTINATION_H

#include "services/relay/deliver/scheduler_private.h"

struct destination;

/* The destination of that name, made if need be. "": of addresses that are none. */
struct destination *destination_find(struct scheduler *scheduler, const char *name);

/* Takes a delivery, which is fresh: to be served when those that came with it are there as well. */
void destination_add(struct destination *destination, struct delivery *delivery);

/* Whether it has as many waiting as one among others may keep; if so, when the next one that comes is to be claimed again. */
bool destination_is_full(struct destination *destination, int64_t *when);

/* It is tried again from now on, though it failed. */
void destination_rouse(struct destination *destination);

/* Starts what can be started. May free the destination. */
void destination_serve(struct destination *destination);

/* Hands each waiting delivery to take (which owns it then). Does not free the destination. */
void destination_empty(struct destination *destination,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery));

/* Hands each waiting delivery that matches to take, likewise; then the destination is fresh. */
typedef bool destination_match(const struct delivery *delivery, const void *arg);
void destination_withdraw(struct destination *destination, destination_match *match,
    const void *arg, void (*take)(struct scheduler *scheduler, struct delivery *delivery));

/* For one that was waiting in scheduler->crowd: takes it out. */
void destination_uncrowd(struct destination *destination);

/* Serves those that have fresh deliveries. */
void destination_serve_fresh(struct scheduler *scheduler);

/* transfer_abort() for a transfer that a destination started, its deliveries handed to take. May free the destination. */
void destination_abort(struct transfer *transfer,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery));

/* Closes resting connections until one may be opened. Returns whether one may. */
bool destination_make_room(struct scheduler *scheduler);

/* Says goodbye to all that rest. */
void destination_dismiss_resting(struct scheduler *scheduler);

/* For the table of destinations; no transfer of it is running. */
void destination_free(void *destination);

#endif
