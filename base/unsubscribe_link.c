#include "base/unsubscribe_link.h"

#include <string.h>

#include <glib.h>

char *
unsubscribe_link_create(const char *base, const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE])
{
	char token[DELIVERY_TOKEN_LENGTH + 1];

	return g_strconcat(base, UNSUBSCRIBE_LINK_PATH,
	    delivery_token_write(delivery, DELIVERY_TOKEN_UNSUBSCRIBE, key, token), NULL);
}

const char *
unsubscribe_link_token(const char *path)
{
	return g_str_has_prefix(path, UNSUBSCRIBE_LINK_PATH) ? path + strlen(UNSUBSCRIBE_LINK_PATH)
							     : NULL;
}

bool
unsubscribe_link_read(
    const char *token, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct delivery_token *delivery)
{
	return delivery_token_read(token, strlen(token), DELIVERY_TOKEN_UNSUBSCRIBE, key, delivery);
}
