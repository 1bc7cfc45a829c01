/*
 * Transcripts as smtp_log keeps them: small, and whole.
 *
 *   conversation_encoder_create() -> conversation_encode()... -> conversation_encoder_destroy()
 *   conversation_decoder_create() -> conversation_decode()... -> conversation_decoder_destroy()
 *
 * What is stored is a sequence of pieces, one for each text that was encoded: bytea's || makes of two conversations one. A
 * piece is a byte that names its form, and a frame of Zstandard (RFC 8878) without its magic number. Whatever form was ever
 * written stays readable: a new dictionary is a new form. One thread at a time.
 */
#ifndef DB_CONVERSATION_H
#define DB_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"

/* A row's conversation, as text; a longer one is not encoded, and none is decoded. */
#define CONVERSATION_TEXT_MAX ((size_t)32 << 20)

/* What other columns of the row hold, so that the conversation need not. */
struct conversation_key {
	int64_t account_id;
	int64_t delivery_id;
	const char *recipient; /* as stored */
};

struct conversation_encoder;
struct conversation_encoder *conversation_encoder_create(void);
void conversation_encoder_destroy(struct conversation_encoder *encoder);

/* text: as db/queue.h has it. Returns the bytes to store, the caller's to g_string_free(); NULL: it is too long, or no UTF-8
 * without NULs, and is to be stored as text. The same text under the same key makes the same bytes. */
GString *conversation_encode(struct conversation_encoder *encoder,
    const struct conversation_key *key, const char *text, size_t length);

struct conversation_decoder;
struct conversation_decoder *conversation_decoder_create(void);
void conversation_decoder_destroy(struct conversation_decoder *decoder);

/* Appends the text of what was stored. False: the bytes are no conversation, or one that is too long; text is then as it was. */
bool conversation_decode(struct conversation_decoder *decoder, const struct conversation_key *key,
    const void *bytes, size_t length, GString *text, struct error *error);

#endif
