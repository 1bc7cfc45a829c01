/*
 * The system's MAIL FROM: an address of its own for each delivery (VERP), so that what comes back says by where it
 * comes to which delivery it is about.
 *
 *   b-<token>@bounces.example.net
 *
 * The token holds the account, the delivery and a keyed digest in base32 (RFC 4648 section 6, small letters: some
 * servers change the case of local parts): nobody without the key makes one that is taken, and no table is needed to read one.
 */
#ifndef SERVICES_RELAY_MESSAGE_RETURN_PATH_H
#define SERVICES_RELAY_MESSAGE_RETURN_PATH_H

#include <stdint.h>

#include "db/return_path_setup.h" /* RETURN_PATH_KEY_SIZE */

struct return_path {
	int64_t account_id;
	int64_t delivery_id;
};

enum return_path_outcome {
	RETURN_PATH_FOREIGN, /* not of this form, or of another domain: somebody's mail address */
	RETURN_PATH_FORGED,  /* of this form, but not made with this key */
	RETURN_PATH_GENUINE
};

/* The address; the caller's to g_free(). domain: ASCII. Its local part is 49 bytes. */
char *return_path_create(
    const struct return_path *path, const uint8_t key[RETURN_PATH_KEY_SIZE], const char *domain);

/* address: without angle brackets, in any case. path is set for RETURN_PATH_GENUINE alone. */
enum return_path_outcome return_path_read(const char *address,
    const uint8_t key[RETURN_PATH_KEY_SIZE], const char *domain, struct return_path *path);

#endif
