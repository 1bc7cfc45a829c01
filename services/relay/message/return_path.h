/*
 * The system's MAIL FROM: an address of its own for each delivery (VERP), so that what comes back says by where it
 * comes to which delivery it is about.
 *
 *   b-<token>@bounces.example.net, the token being that of base/delivery_token.h
 *
 * And the address that a recipient mails to unsubscribe (RFC 2369), of the same form:
 *
 *   u-<token>@bounces.example.net
 */
#ifndef SERVICES_RELAY_MESSAGE_RETURN_PATH_H
#define SERVICES_RELAY_MESSAGE_RETURN_PATH_H

#include "base/delivery_token.h"

enum return_path_outcome {
	RETURN_PATH_FOREIGN, /* not of this form, or of another domain: somebody's mail address */
	RETURN_PATH_FORGED,  /* of this form, but not made with this key */
	RETURN_PATH_GENUINE
};

/* The address; the caller's to g_free(). domain: ASCII. Its local part is 49 bytes. */
char *return_path_create(const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain);

/* address: without angle brackets, in any case. delivery is set for RETURN_PATH_GENUINE alone. */
enum return_path_outcome return_path_read(const char *address,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain,
    struct delivery_token *delivery);

/* Likewise. */
char *unsubscribe_address_create(const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain);
enum return_path_outcome unsubscribe_address_read(const char *address,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain,
    struct delivery_token *delivery);

#endif
