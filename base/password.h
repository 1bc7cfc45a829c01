/*
 * Passwords: yescrypt by libxcrypt (crypt(5)), and the memory of pairs that were verified lately.
 *
 * password_matches() is slow on purpose (tens of milliseconds); an event loop runs it on a thread.
 * The cache makes it run once per pair and time-to-live: it keeps a keyed digest (BLAKE2b, RFC 7693) of
 * (account, stored hash, clear text) under a random key of this process, never the clear text.
 * Because the stored hash is part of what is digested, a changed password is unknown at once.
 */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
	PASSWORD_HASH_SIZE = 384, /* CRYPT_OUTPUT_SIZE of libxcrypt */
	PASSWORD_MAX = 512        /* bytes of clear text; longer is refused, as crypt(3) would */
};

/* Hashes clear with a new random salt into out (PASSWORD_HASH_SIZE bytes). */
bool password_hash(const char *clear, char *out, struct error *error);

/* Compares in constant time. Slow. False for any hash that crypt(3) does not take. Thread-safe. */
bool password_matches(const char *clear, const char *stored_hash);

/* Spends the time of one password_matches(), for a user name that does not exist. Thread-safe. */
void password_waste_time(const char *clear);

struct password_cache;

/* ttl_seconds: how long a pair is remembered; entries: most pairs kept, the oldest goes first. Thread-safe. */
struct password_cache *password_cache_create(int ttl_seconds, unsigned entries);
void password_cache_destroy(struct password_cache *cache);
bool password_cache_knows(
    struct password_cache *cache, int64_t account_id, const char *stored_hash, const char *clear);
void password_cache_remember(
    struct password_cache *cache, int64_t account_id, const char *stored_hash, const char *clear);

#endif
