/*
 * Keys for DKIM (RFC 6376), per account and domain, for the command line (blocking). The relay's look-ups:
 * db/dkim_key_lookup.h. Each change notifies channel bracemail_account, so that caches drop what they remember.
 *
 * Private keys are written to the database and read by the relay, and shown to nobody.
 */
#ifndef DB_DKIM_KEY_H
#define DB_DKIM_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum {
	DKIM_DOMAIN_KEYS_MAX = 8, /* of one domain: each makes a signature of about 600 bytes */
	DKIM_DOMAIN_MAX = 253,    /* characters; RFC 1035 2.3.4 */
	DKIM_SELECTOR_MAX = 63    /* one label */
};

enum dkim_algorithm { DKIM_ALGORITHM_RSA, DKIM_ALGORITHM_ED25519 };

enum dkim_key_state { DKIM_KEY_IDLE, DKIM_KEY_ACTIVE };

struct dkim_key {
	char *domain;   /* lower case, A-labels */
	char *selector; /* lower case */
	enum dkim_algorithm algorithm;
	enum dkim_key_state state;
	char *private_key; /* PEM; NULL in lists */
};

/* "rsa-sha256", "ed25519-sha256": as the signature and the database write it. */
const char *dkim_algorithm_name(enum dkim_algorithm algorithm);

/* Of such a name; one that is neither reads as RSA, which the database's check rules out. */
enum dkim_algorithm dkim_algorithm_read(const char *name);

/* Wipes the private key. The struct is the caller's. */
void dkim_key_clear(struct dkim_key *key);

/* The account's own new key, active. DB_STATUS_UNIQUE: the domain has this selector. added: false when the domain has
 * DKIM_DOMAIN_KEYS_MAX keys already. */
enum db_status dkim_key_add(struct db_connection *connection, int64_t account_id,
    const struct dkim_key *key, bool *added, struct error *error);

/* found: whether there is one; then key is filled, for dkim_key_clear(). */
enum db_status dkim_key_find(struct db_connection *connection, int64_t account_id,
    const char *domain, const char *selector, struct dkim_key *key, bool *found,
    struct error *error);

/* changed: whether there is such a key. */
enum db_status dkim_key_remove(struct db_connection *connection, int64_t account_id,
    const char *domain, const char *selector, bool *changed, struct error *error);
enum db_status dkim_key_set_state(struct db_connection *connection, int64_t account_id,
    const char *domain, const char *selector, enum dkim_key_state state, bool *changed,
    struct error *error);

/* Calls each(arg, key) for every key of the account, by domain and selector, without private keys. */
enum db_status dkim_key_list(struct db_connection *connection, int64_t account_id,
    void (*each)(void *arg, const struct dkim_key *key), void *arg, struct error *error);

/* The same for every key of every account, by domain, selector and account, with their private keys, which are wiped after each call. */
enum db_status dkim_key_list_all(struct db_connection *connection,
    void (*each)(void *arg, const struct dkim_key *key), void *arg, struct error *error);

#endif
