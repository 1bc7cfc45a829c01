/* The attempt that is not made: of a delivery to an address on one of the account's two lists. */
#ifndef SERVICES_RELAY_DELIVER_SUPPRESSED_H
#define SERVICES_RELAY_DELIVER_SUPPRESSED_H

#include "db/queue.h"

/* A failed attempt whose transcript says which list, since when, and by what reply; to be recorded.
 * The delivery has a suppression. Its code is RFC 3463's 5.7.1: a rule of ours about the recipient. */
struct attempt *suppressed_attempt(const struct delivery *delivery);

#endif
