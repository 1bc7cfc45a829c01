#include "base/thread.h"

#include <signal.h>
#include <string.h>

bool
thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg, struct error *error)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure == 0 || error_set(error, "cannot start a thread: %s", strerror(failure));
}
