#include "services/relay/message/return_path.h"

#include <string.h>

#include <glib.h>

/* What the local part begins with; with the token 49 bytes, within the 64 of RFC 5321 4.5.3.1.1. */
static const char *const prefixes[] = {
    [DELIVERY_TOKEN_RETURN_PATH] = "b-",
    [DELIVERY_TOKEN_UNSUBSCRIBE] = "u-",
};

static char *
address_create(const struct delivery_token *delivery, enum delivery_token_purpose purpose,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain)
{
	char token[DELIVERY_TOKEN_LENGTH + 1];

	return g_strdup_printf("%s%s@%s", prefixes[purpose],
	    delivery_token_write(delivery, purpose, key, token), domain);
}

static enum return_path_outcome
address_read(const char *address, enum delivery_token_purpose purpose,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain, struct delivery_token *delivery)
{
	const char *at = strrchr(address, '@');
	const char *prefix = prefixes[purpose];
	const char *token = address + strlen(prefix);

	if (at == NULL || g_ascii_strcasecmp(at + 1, domain) != 0 ||
	    g_ascii_strncasecmp(address, prefix, strlen(prefix)) != 0)
		return RETURN_PATH_FOREIGN;
	return delivery_token_read(token, (size_t)(at - token), purpose, key, delivery)
	    ? RETURN_PATH_GENUINE
	    : RETURN_PATH_FORGED;
}

char *
return_path_create(const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain)
{
	return address_create(delivery, DELIVERY_TOKEN_RETURN_PATH, key, domain);
}

enum return_path_outcome
return_path_read(const char *address, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE],
    const char *domain, struct delivery_token *delivery)
{
	return address_read(address, DELIVERY_TOKEN_RETURN_PATH, key, domain, delivery);
}

char *
unsubscribe_address_create(const struct delivery_token *delivery,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], const char *domain)
{
	return address_create(delivery, DELIVERY_TOKEN_UNSUBSCRIBE, key, domain);
}

enum return_path_outcome
unsubscribe_address_read(const char *address, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE],
    const char *domain, struct delivery_token *delivery)
{
	return address_read(address, DELIVERY_TOKEN_UNSUBSCRIBE, key, domain, delivery);
}
