/*
 * The link by which the recipient of a delivery unsubscribes (RFC 8058): <base>/u/<token>, the token being that of
 * base/delivery_token.h. The relay makes it, the API's server is asked for it.
 */
#ifndef BASE_UNSUBSCRIBE_LINK_H
#define BASE_UNSUBSCRIBE_LINK_H

#include "base/delivery_token.h"

/* The caller's to g_free(). base: "https://api.example.net", no slash at the end. */
char *unsubscribe_link_create(const char *base, const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE]);

/* What the path of each link begins with. */
#define UNSUBSCRIBE_LINK_PATH "/u/"

/* What follows /u/ in the path of a request; NULL: the path is another. */
const char *unsubscribe_link_token(const char *path);

/* token: as above. False, delivery unchanged: nobody was given that link. */
bool unsubscribe_link_read(
    const char *token, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct delivery_token *delivery);

#endif
