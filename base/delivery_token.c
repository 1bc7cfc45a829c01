#include "base/delivery_token.h"

#include <assert.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* 29 bytes in 47 characters, three bits to spare. */
enum {
	NUMBER_BYTES = 8,
	DIGEST_BYTES = 13, /* 104 bits */
	NUMBERS_BYTES = 2 * NUMBER_BYTES,
	TOKEN_BYTES = NUMBERS_BYTES + DIGEST_BYTES,
	SIGNED_MAX = NUMBERS_BYTES + sizeof("unsubscribe")
};

G_STATIC_ASSERT(DELIVERY_TOKEN_LENGTH == (TOKEN_BYTES * 8 + 4) / 5);
G_STATIC_ASSERT(DELIVERY_TOKEN_NUMBERS_LENGTH == NUMBERS_BYTES * 8 / 5);

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Signed behind the numbers. */
static const char *const purposes[] = {
    [DELIVERY_TOKEN_RETURN_PATH] = "",
    [DELIVERY_TOKEN_UNSUBSCRIBE] = "unsubscribe",
};

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
digest_write(
    uint8_t *bytes, enum delivery_token_purpose purpose, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE])
{
	uint8_t text[SIGNED_MAX], digest[EVP_MAX_MD_SIZE];
	size_t length = strlen(purposes[purpose]);
	const uint8_t *made;

	memcpy(text, bytes, NUMBERS_BYTES);
	memcpy(text + NUMBERS_BYTES, purposes[purpose], length);
	made = HMAC(
	    EVP_sha256(), key, DELIVERY_TOKEN_KEY_SIZE, text, NUMBERS_BYTES + length, digest, NULL);
	assert(made != NULL);
	(void)made;
	memcpy(bytes + NUMBERS_BYTES, digest, DIGEST_BYTES);
}

static void
letters_write(const uint8_t *bytes, unsigned count, unsigned letters, char *out)
{
	for (unsigned i = 0; i < letters; i++) {
		unsigned bit = i * 5;
		unsigned pair = (unsigned)bytes[bit / 8] << 8;

		if (bit / 8 + 1 < count)
			pair |= bytes[bit / 8 + 1];
		out[i] = alphabet[pair >> (11 - bit % 8) & 0x1f];
	}
	out[letters] = '\0';
}

static void
numbers_write(const struct delivery_token *token, uint8_t bytes[NUMBERS_BYTES])
{
	number_write(bytes, token->account_id);
	number_write(bytes + NUMBER_BYTES, token->delivery_id);
}

void
delivery_token_write_numbers(
    const struct delivery_token *token, char out[DELIVERY_TOKEN_NUMBERS_LENGTH + 1])
{
	uint8_t bytes[NUMBERS_BYTES];

	numbers_write(token, bytes);
	letters_write(bytes, NUMBERS_BYTES, DELIVERY_TOKEN_NUMBERS_LENGTH, out);
}

const char *
delivery_token_write(const struct delivery_token *token, enum delivery_token_purpose purpose,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], char out[DELIVERY_TOKEN_LENGTH + 1])
{
	uint8_t bytes[TOKEN_BYTES];

	numbers_write(token, bytes);
	digest_write(bytes, purpose, key);
	letters_write(bytes, TOKEN_BYTES, DELIVERY_TOKEN_LENGTH, out);
	return out;
}

/* False for what delivery_token_write() does not write. */
static bool
bytes_read(const char *text, uint8_t bytes[TOKEN_BYTES])
{
	unsigned bits = 0, held = 0, at = 0;

	for (unsigned i = 0; i < DELIVERY_TOKEN_LENGTH; i++) {
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

bool
delivery_token_read(const char *text, size_t length, enum delivery_token_purpose purpose,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct delivery_token *token)
{
	uint8_t bytes[TOKEN_BYTES], genuine[TOKEN_BYTES];

	if (length != DELIVERY_TOKEN_LENGTH || !bytes_read(text, bytes))
		return false;
	memcpy(genuine, bytes, NUMBERS_BYTES);
	digest_write(genuine, purpose, key);
	if (CRYPTO_memcmp(bytes, genuine, TOKEN_BYTES) != 0)
		return false;
	token->account_id = number_read(bytes);
	token->delivery_id = number_read(bytes + NUMBER_BYTES);
	return true;
}
