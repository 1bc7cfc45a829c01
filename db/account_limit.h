/*
 * Accounts at their limit of messages an hour or a day. The count is the database's (account_usage_add() of migration
 * 0006): a transaction that would pass a limit fails with ACCOUNT_LIMIT_SQLSTATE, whole. A worker remembers
 * for ACCOUNT_LIMIT_MEMORY_MS which account that was and how many messages it had left, so that somebody who
 * goes on sending costs other accounts a transaction a second, not each of theirs.
 */
#ifndef DB_ACCOUNT_LIMIT_H
#define DB_ACCOUNT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"

#define ACCOUNT_LIMIT_SQLSTATE "ZL001"

enum { ACCOUNT_LIMIT_MEMORY_MS = 1000, ACCOUNT_LIMITS_MAX = 10000 };

struct account_limits;

struct account_limits *account_limits_create(void);
void account_limits_destroy(struct account_limits *limits);

/* detail, text: of the failure. now: microseconds, base/clock.h. Returns the account; 0: the detail is none of ours. */
int64_t account_limits_note(
    struct account_limits *limits, const char *detail, const char *text, int64_t now);

/*
 * Whether the message fits in what its account has left, as far as is remembered; it is then taken from that. If not, the
 * message becomes MESSAGE_OVER_LIMIT, or MESSAGE_OVER_WHOLE_LIMIT when it would not fit in a new hour either.
 */
bool account_limits_admit(struct account_limits *limits, struct message *message, int64_t now);

#endif
