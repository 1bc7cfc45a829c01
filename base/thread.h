/* A thread beside an event loop. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"

/* It takes no signals: those are the loop's. The caller joins it. */
bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg, struct error *error);

#endif
