#include "services/relay/message/return_path.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* 29 bytes in 47 characters, three bits to spare; with "b-" within the 64 of RFC 5321 4.5.3.1.1. */
enum {
	NUMBER_BYTES = 8,
	DIGEST_BYTES = 13, /* 104 bits */
	NUMBERS_BYTES = 2 * NUMBER_BYTES,
	TOKEN_BYTES = NUMBERS_BYTES + DIGEST_BYTES,
	TOKEN_CHARACTERS = (TOKEN_BYTES * 8 + 4) / 5
};

static const char prefix[] = "b-";
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static void
number_write(uint8_t *bytes, int64_t number)
{
	for (int i = NUMBER_BYTES - 1; i >= 0; i--) {
		bytes[i] = (uint8_t)((uint64_t)number & 0xff);
		number = (int64_t)((uint64_t)number >> 8);
	}
}

static int64_t
number_read(const uint8_t *bytes)
{
	uint64_t number = 0;

	for (int i = 0; i < NUMBER_BYTES; i++)
		number = number << 8 | bytes[i];
	return (int64_t)number;
}

static void
digest_write(uint8_t *bytes, const uint8_t key[RETURN_PATH_KEY_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	const uint8_t *made =
	    HMAC(EVP_sha256(), key, RETURN_PATH_KEY_SIZE, bytes, NUMBERS_BYTES, digest, NULL);

	assert(made != NULL);
	(void)made;
	memcpy(bytes + NUMBERS_BYTES, digest, DIGEST_BYTES);
}

static void
token_write(const uint8_t bytes[TOKEN_BYTES], char out[TOKEN_CHARACTERS + 1])
{
	for (unsigned i = 0; i < TOKEN_CHARACTERS; i++) {
		unsigned bit = i * 5;
		unsigned pair = (unsigned)bytes[bit / 8] << 8;

		if (bit / 8 + 1 < TOKEN_BYTES)
			pair |= bytes[bit / 8 + 1];
		out[i] = alphabet[pair >> (11 - bit % 8) & 0x1f];
	}
	out[TOKEN_CHARACTERS] = '\0';
}

/* False for what token_write() does not write. */
static bool
token_read(const char *text, uint8_t bytes[TOKEN_BYTES])
{
	unsigned bits = 0, held = 0, at = 0;

	for (unsigned i = 0; i < TOKEN_CHARACTERS; i++) {
		const char *letter =
		    text[i] == '\0' ? NULL : strchr(alphabet, g_ascii_tolower(text[i]));

		if (letter == NULL)
			return false;
		bits = (bits << 5 | (unsigned)(letter - alphabet)) & 0xfff;
		held += 5;
		if (held >= 8 && at < TOKEN_BYTES) {
			held -= 8;
			bytes[at++] = (uint8_t)(bits >> held & 0xff);
		}
	}
	return (bits & ((1u << held) - 1)) == 0;
}

char *
return_path_create(
    const struct return_path *path, const uint8_t key[RETURN_PATH_KEY_SIZE], const char *domain)
{
	uint8_t bytes[TOKEN_BYTES];
	char token[TOKEN_CHARACTERS + 1];

	number_write(bytes, path->account_id);
	number_write(bytes + NUMBER_BYTES, path->delivery_id);
	digest_write(bytes, key);
	token_write(bytes, token);
	return g_strdup_printf("%s%s@%s", prefix, token, domain);
}

enum return_path_outcome
return_path_read(const char *address, const uint8_t key[RETURN_PATH_KEY_SIZE], const char *domain,
    struct return_path *path)
{
	const char *at = strrchr(address, '@');
	const char *token = address + strlen(prefix);
	uint8_t bytes[TOKEN_BYTES], genuine[TOKEN_BYTES];

	if (at == NULL || g_ascii_strcasecmp(at + 1, domain) != 0 ||
	    g_ascii_strncasecmp(address, prefix, strlen(prefix)) != 0)
		return RETURN_PATH_FOREIGN;
	if (at - token != TOKEN_CHARACTERS || !token_read(token, bytes))
		return RETURN_PATH_FORGED;
	memcpy(genuine, bytes, NUMBERS_BYTES);
	digest_write(genuine, key);
	if (CRYPTO_memcmp(bytes, genuine, TOKEN_BYTES) != 0)
		return RETURN_PATH_FORGED;
	path->account_id = number_read(bytes);
	path->delivery_id = number_read(bytes + NUMBER_BYTES);
	return RETURN_PATH_GENUINE;
}
