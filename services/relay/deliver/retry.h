/* When a deferred delivery is tried again, and when no more. */
#ifndef SERVICES_RELAY_DELIVER_RETRY_H
#define SERVICES_RELAY_DELIVER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "services/relay/deliver/scheduler.h"
#include "services/relay/deliver/verdict.h"

enum { RETRY_GREYLISTED_ATTEMPTS = 2 /* that come soon */ };

/* When it is given up. */
int64_t retry_end_of_life(const struct deliver_settings *settings, int64_t queued_at);

/* Whether a delivery's lifetime is over, so that a deferral is a failure. Times: microseconds. */
bool retry_is_expired(const struct deliver_settings *settings, int64_t queued_at, int64_t now);

/*
 * By what the reply said (verdict.h): greylisting is soon over, a full mailbox is not.
 * When attempt number `attempts` (1 for the first) was deferred at `now`: the time of the next one.
 * The last attempt comes when the lifetime ends, however long the wait would be.
 */
int64_t retry_next(const struct deliver_settings *settings, enum verdict_cause cause,
    int64_t queued_at, int attempts, int64_t now);

#endif
