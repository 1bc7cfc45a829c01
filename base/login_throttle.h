/*
 * Slows down who guesses passwords: after LOGIN_FAILURES_FREE wrong ones from an address within a
 * minute, each next try from it waits, longer each time. Thread-safe. IPv6 counts by /64. Accounts are counted the
 * same way, for guesses that come from many addresses; that wait is short, as its owner waits too.
 */
#ifndef BASE_LOGIN_THROTTLE_H
#define BASE_LOGIN_THROTTLE_H

struct login_throttle;

enum {
	LOGIN_FAILURES_FREE = 10,
	LOGIN_DELAY_MAX_MS = 30000,
	LOGIN_ACCOUNT_DELAY_MAX_MS = 4000,
	LOGIN_COUNTS_MAX = 65536
};

struct login_throttle *login_throttle_create(void);
void login_throttle_destroy(struct login_throttle *throttle);

/* address: textual IP. Milliseconds that the answer to a try from there must wait, 0 as a rule. */
int login_throttle_delay(struct login_throttle *throttle, const char *address);

/* name: in any case, whether there is such an account or not. The same for a try on it. */
int login_throttle_account_delay(struct login_throttle *throttle, const char *name);

/* Notes a wrong password. A right one does not clear the count: a guesser may own one account. */
void login_throttle_failed(struct login_throttle *throttle, const char *address);
void login_throttle_account_failed(struct login_throttle *throttle, const char *name);

#endif
