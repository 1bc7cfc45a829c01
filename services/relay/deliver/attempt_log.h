/* One line of the operator's log for each attempt: to whom, by which host, with what reply, in what time. */
#ifndef SERVICES_RELAY_DELIVER_ATTEMPT_LOG_H
#define SERVICES_RELAY_DELIVER_ATTEMPT_LOG_H

#include "db/queue.h"

/* Event "attempt-ended". attempt: complete; what is told of the conversation is read from its transcript (transcript.h). */
void attempt_log(const struct delivery *delivery, const struct attempt *attempt);

#endif
