#include "db/conversation_words.h"

#include <string.h>

enum { WORD_LENGTH_MIN = 3 };

/* What is short is not worth it. What begins as a mark of direction or holds a control character would be taken for another. */
static void
words_set(
    struct conversation_words *words, enum conversation_word which, const char *word, size_t length)
{
	if (length < WORD_LENGTH_MIN || strchr("<>=", word[0]) != NULL)
		return;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)word[i] < ' ')
			return;
	words->word[which] = word;
	words->length[which] = length;
	words->starts[(unsigned char)word[0]] |= (uint8_t)(1u << which);
}

void
conversation_words_init(struct conversation_words *words, const struct conversation_key *key)
{
	const struct delivery_token token = {
	    .account_id = key->account_id, .delivery_id = key->delivery_id};

	memset(words, 0, sizeof(*words));
	delivery_token_write_numbers(&token, words->token);
	words_set(words, WORD_RECIPIENT, key->recipient, strlen(key->recipient));
	words_set(words, WORD_TOKEN, words->token, DELIVERY_TOKEN_NUMBERS_LENGTH);
}

static void
words_find(struct conversation_words *words, enum conversation_word which, const char *text,
    size_t length, const char *before)
{
	const char *end = text + length, *from = memmem(text, length, before, strlen(before));
	const char *at;

	if (from == NULL)
		return;
	from += strlen(before);
	for (at = from; at < end && (unsigned char)*at > ' '; at++)
		;
	words_set(words, which, from, (size_t)(at - from));
}

void
conversation_words_find(
    struct conversation_words *words, const char *text, size_t length, const char *host)
{
	words_find(words, WORD_CLIENT, text, length, "> EHLO ");
	words_find(words, WORD_HOST, host, (size_t)(text + length - host), "");
	words_find(words, WORD_SIZE, text, length, " SIZE=");
}

/* The word that begins at `at`, or 0. */
static enum conversation_word
words_at(const struct conversation_words *words, const char *at, size_t left)
{
	unsigned starts = words->starts[(unsigned char)*at];

	for (unsigned which = WORD_RECIPIENT; starts >> which != 0; which++)
		if ((starts >> which & 1u) != 0 && words->length[which] <= left &&
		    memcmp(at, words->word[which], words->length[which]) == 0)
			return (enum conversation_word)which;
	return 0;
}

void
conversation_words_mark(
    const struct conversation_words *words, const char *text, size_t length, GString *to)
{
	const char *at = text, *end = text + length, *plain = text;

	while (at < end) {
		enum conversation_word which;

		if (words->starts[(unsigned char)*at] == 0 ||
		    (which = words_at(words, at, (size_t)(end - at))) == 0) {
			at++;
			continue;
		}
		g_string_append_len(to, plain, at - plain);
		g_string_append_c(to, (char)which);
		at += words->length[which];
		plain = at;
	}
	g_string_append_len(to, plain, end - plain);
}
