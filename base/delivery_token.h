/*
 * A delivery's name that goes out into the world and comes back: the account, the delivery and a keyed digest in base32
 * (RFC 4648 section 6, small letters, as others may change the case). Nobody without the key makes one that is taken, no
 * table is needed to read one, and one that was made for one purpose is none for another.
 */
#ifndef BASE_DELIVERY_TOKEN_H
#define BASE_DELIVERY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DELIVERY_TOKEN_KEY_SIZE = 32,
	DELIVERY_TOKEN_LENGTH = 47,        /* characters */
	DELIVERY_TOKEN_NUMBERS_LENGTH = 25 /* of them, the first, which the key has no part in */
};

enum delivery_token_purpose {
	DELIVERY_TOKEN_RETURN_PATH, /* what comes back to it is about the delivery */
	DELIVERY_TOKEN_UNSUBSCRIBE  /* who has it speaks for the recipient */
};

struct delivery_token {
	int64_t account_id;
	int64_t delivery_id;
};

/* Returns out. */
const char *delivery_token_write(const struct delivery_token *token,
    enum delivery_token_purpose purpose, const uint8_t key[DELIVERY_TOKEN_KEY_SIZE],
    char out[DELIVERY_TOKEN_LENGTH + 1]);

/* Its first characters alone, which tell of account and delivery to everybody. */
void delivery_token_write_numbers(
    const struct delivery_token *token, char out[DELIVERY_TOKEN_NUMBERS_LENGTH + 1]);

/* text: `length` bytes, in any case. False, token unchanged: it was not made with this key for this purpose. */
bool delivery_token_read(const char *text, size_t length, enum delivery_token_purpose purpose,
    const uint8_t key[DELIVERY_TOKEN_KEY_SIZE], struct delivery_token *token);

#endif
