/*
 * Who is this client? Asynchronous look-ups for the relay, remembered for ACCOUNT_CACHE_SECONDS and
 * dropped at once when NOTIFY bracemail_account says that an account changed.
 */
#ifndef DB_ACCOUNT_LOOKUP_H
#define DB_ACCOUNT_LOOKUP_H

#include <stdint.h>

#include "db/worker.h"

enum { ACCOUNT_CACHE_SECONDS = 30, ACCOUNT_CACHE_MAX = 20000 };

struct account_identity {
	int64_t account_id;
	const char *name;
	const char *password_hash;
};

/* accounts: those that registered a network holding the address, most specific network first, then by id; owned by the
 * look-up, valid during the call only. count 0: none. */
typedef void account_networks_found(
    void *arg, enum db_outcome outcome, const struct account_identity *accounts, unsigned count);
void account_find_by_address(
    struct db_worker *worker, const char *ip, account_networks_found *found, void *arg);

/* account: NULL when there is none of that name (any case). */
typedef void account_found(
    void *arg, enum db_outcome outcome, const struct account_identity *account);
void account_find_by_name(
    struct db_worker *worker, const char *name, account_found *found, void *arg);

/* exists: whether the account has a transactional group of that number. Not cached. */
typedef void transactional_group_found(void *arg, enum db_outcome outcome, bool exists);
void transactional_group_find(struct db_worker *worker, int64_t account_id, int64_t group_id,
    transactional_group_found *found, void *arg);

/* Forgets every callback registered with this arg (a session that ends while a look-up is under way). */
void account_lookup_cancel(struct db_worker *worker, const void *arg);

#endif
