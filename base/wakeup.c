#include "base/wakeup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

static void
wakeup_on_readable(evutil_socket_t fd, short what, void *arg)
{
	const struct wakeup *wakeup = arg;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	wakeup->called(wakeup->arg);
}

bool
wakeup_open(struct wakeup *wakeup, struct event_base *base, void (*called)(void *arg), void *arg,
    struct error *error)
{
	*wakeup = (struct wakeup){.called = called, .arg = arg};
	wakeup->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wakeup->fd < 0)
		return error_set(error, "cannot make an eventfd: %s", strerror(errno));
	wakeup->event =
	    event_new(base, wakeup->fd, EV_READ | EV_PERSIST, wakeup_on_readable, wakeup);
	event_add(wakeup->event, NULL);
	return true;
}

bool
wakeup_is_open(const struct wakeup *wakeup)
{
	return wakeup->event != NULL;
}

void
wakeup_call(struct wakeup *wakeup)
{
	const uint64_t one = 1;

	/* The counter does not overflow, and no reader is needed for the write to succeed. */
	(void)!write(wakeup->fd, &one, sizeof(one));
}

void
wakeup_close(struct wakeup *wakeup)
{
	if (!wakeup_is_open(wakeup))
		return;
	event_free(wakeup->event);
	close(wakeup->fd);
	*wakeup = (struct wakeup){.fd = -1};
}
