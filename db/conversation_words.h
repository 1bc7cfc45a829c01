/* The words that a conversation's parts have a byte for: see db/conversation_parts.h. */
#ifndef DB_CONVERSATION_WORDS_H
#define DB_CONVERSATION_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/delivery_token.h"
#include "db/conversation.h"

enum conversation_word {
	WORD_RECIPIENT = 1,
	WORD_TOKEN,
	WORD_CLIENT,
	WORD_HOST,
	WORD_SIZE,
	WORDS_END
};

struct conversation_words {
	const char *word[WORDS_END]; /* not ended by a NUL */
	size_t length[WORDS_END];    /* 0: there is none */
	char token[DELIVERY_TOKEN_NUMBERS_LENGTH + 1];
	uint8_t starts[256]; /* which words start with this byte: a bit for each */
};

/* The row's words; the others are none yet. Both live as long as the key. */
void conversation_words_init(struct conversation_words *words, const struct conversation_key *key);

/* For the encoder: finds the others in a text, where `host` begins the name in the line "attempt". */
void conversation_words_find(
    struct conversation_words *words, const char *text, size_t length, const char *host);

/* A byte that stands for a word. */
static inline bool
conversation_is_mark(char byte)
{
	return (byte >= WORD_RECIPIENT) & (byte < WORDS_END);
}

/* Appends a piece of the text, without marks, with marks in place of words. No word begins as a line with a time does. */
void conversation_words_mark(
    const struct conversation_words *words, const char *text, size_t length, GString *to);

#endif
