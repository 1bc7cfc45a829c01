/*
 * How a thread tells an event loop that something is there for it. Calls that come before the loop looks are one.
 *
 *   wakeup_open() -> wakeup_call(), by any thread -> called, by the loop -> wakeup_close()
 */
#ifndef BASE_WAKEUP_H
#define BASE_WAKEUP_H

#include <stdbool.h>

#include "base/error.h"

struct event;
struct event_base;

/* For its owner to embed. */
struct wakeup {
	int fd; /* an eventfd; -1: not open */
	struct event *event;
	void (*called)(void *arg);
	void *arg;
};

/* False: there are no descriptors left. wakeup_close() is right for it, too. */
bool wakeup_open(struct wakeup *wakeup, struct event_base *base, void (*called)(void *arg),
    void *arg, struct error *error);

bool wakeup_is_open(const struct wakeup *wakeup);

/* Never blocks. */
void wakeup_call(struct wakeup *wakeup);

/* No thread may call it any more. */
void wakeup_close(struct wakeup *wakeup);

#endif
