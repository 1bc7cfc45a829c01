#include "db/conversation.h"

#include <assert.h>
#include <string.h>

#include <zstd.h>

#include "base/embedded.h"
#include "base/text.h"

#include "db/conversation_parts.h"

/* The forms of a piece. One that was stored once is never given another meaning. */
enum conversation_form {
	FORM_TEXT = 1, /* the text, dictionary 1 */
	FORM_PARTS = 2 /* its parts (db/conversation_parts.h), dictionary 1 */
};

enum {
	LEVEL = 5,
	MAGIC_SIZE = 4,
	KEPT_BYTES = 1 << 16 /* a longer text leaves no memory of its size behind */
};

static const char dictionary_name[] = "db/conversation_1.dict";

struct conversation_encoder {
	ZSTD_CCtx *context;
	ZSTD_CDict *dictionary;
	GString *parts, *times, *frame;
};

struct conversation_decoder {
	ZSTD_DCtx *context;
	ZSTD_DDict *dictionary;
	GString *parts, *frames, *whole;
};

/* RFC 8878 3.1.1 */
static const unsigned char frame_magic[MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd};

static const struct embedded_file *
dictionary_file(void)
{
	const struct embedded_file *file = embedded_file_find(dictionary_name);

	assert(file != NULL);
	return file;
}

static void
encoder_make_buffers(struct conversation_encoder *encoder)
{
	encoder->parts = g_string_new(NULL);
	encoder->frame = g_string_new(NULL);
	encoder->times = g_string_new(NULL);
}

static void
encoder_free_buffers(struct conversation_encoder *encoder)
{
	g_string_free(encoder->parts, TRUE);
	g_string_free(encoder->frame, TRUE);
	g_string_free(encoder->times, TRUE);
}

struct conversation_encoder *
conversation_encoder_create(void)
{
	struct conversation_encoder *encoder = g_new0(struct conversation_encoder, 1);
	const struct embedded_file *file = dictionary_file();

	encoder->context = ZSTD_createCCtx();
	encoder->dictionary = ZSTD_createCDict(file->data, (size_t)(file->end - file->data), LEVEL);
	assert(encoder->context != NULL && encoder->dictionary != NULL);
	ZSTD_CCtx_setParameter(encoder->context, ZSTD_c_dictIDFlag, 0);
	ZSTD_CCtx_refCDict(encoder->context, encoder->dictionary);
	encoder_make_buffers(encoder);
	return encoder;
}

void
conversation_encoder_destroy(struct conversation_encoder *encoder)
{
	if (encoder == NULL)
		return;
	ZSTD_freeCCtx(encoder->context);
	ZSTD_freeCDict(encoder->dictionary);
	encoder_free_buffers(encoder);
	g_free(encoder);
}

/* What is in parts, as a piece. */
static GString *
encoder_compress(struct conversation_encoder *encoder, enum conversation_form form)
{
	GString *frame = encoder->frame, *piece;
	size_t size;

	g_string_set_size(frame, ZSTD_compressBound(encoder->parts->len));
	size = ZSTD_compress2(
	    encoder->context, frame->str, frame->len, encoder->parts->str, encoder->parts->len);
	assert(!ZSTD_isError(size) && size > MAGIC_SIZE &&
	    memcmp(frame->str, frame_magic, MAGIC_SIZE) == 0);
	piece = g_string_sized_new(size);
	g_string_append_c(piece, (char)form);
	g_string_append_len(piece, frame->str + MAGIC_SIZE, (ssize_t)(size - MAGIC_SIZE));
	return piece;
}

GString *
conversation_encode(struct conversation_encoder *encoder, const struct conversation_key *key,
    const char *text, size_t length)
{
	enum conversation_form form = FORM_PARTS;
	GString *piece;

	if (length > CONVERSATION_TEXT_MAX || !text_is_utf8(text, length))
		return NULL;
	if (!conversation_take_apart(key, text, length, encoder->parts, encoder->times)) {
		form = FORM_TEXT;
		g_string_truncate(encoder->parts, 0);
		g_string_append_len(encoder->parts, text, (ssize_t)length);
	}
	piece = encoder_compress(encoder, form);
	if (length > KEPT_BYTES) {
		encoder_free_buffers(encoder);
		encoder_make_buffers(encoder);
	}
	return piece;
}

static void
decoder_make_buffers(struct conversation_decoder *decoder)
{
	decoder->parts = g_string_new(NULL);
	decoder->frames = g_string_new(NULL);
	decoder->whole = g_string_new(NULL);
}

static void
decoder_free_buffers(struct conversation_decoder *decoder)
{
	g_string_free(decoder->parts, TRUE);
	g_string_free(decoder->frames, TRUE);
	g_string_free(decoder->whole, TRUE);
}

struct conversation_decoder *
conversation_decoder_create(void)
{
	struct conversation_decoder *decoder = g_new0(struct conversation_decoder, 1);
	const struct embedded_file *file = dictionary_file();

	decoder->context = ZSTD_createDCtx();
	decoder->dictionary = ZSTD_createDDict(file->data, (size_t)(file->end - file->data));
	assert(decoder->context != NULL && decoder->dictionary != NULL);
	decoder_make_buffers(decoder);
	return decoder;
}

void
conversation_decoder_destroy(struct conversation_decoder *decoder)
{
	if (decoder == NULL)
		return;
	ZSTD_freeDCtx(decoder->context);
	ZSTD_freeDDict(decoder->dictionary);
	decoder_free_buffers(decoder);
	g_free(decoder);
}

/* The frame's content into parts. Its header says how much that is, so a small frame cannot ask for more. */
static bool
decoder_decompress(struct conversation_decoder *decoder, const char *frame, size_t size)
{
	unsigned long long length = ZSTD_getFrameContentSize(frame, size);

	/* What is wrong with it is a number beyond any length. No text is shorter than its parts. */
	if (length > CONVERSATION_TEXT_MAX)
		return false;
	g_string_set_size(decoder->parts, length);
	return ZSTD_decompress_usingDDict(decoder->context, decoder->parts->str,
		   decoder->parts->len, frame, size, decoder->dictionary) == length;
}

static bool
decoder_append(struct conversation_decoder *decoder, enum conversation_form form,
    const struct conversation_key *key, GString *text)
{
	const GString *parts = decoder->parts;

	switch (form) {
	case FORM_PARTS:
		return conversation_put_together(key, parts->str, parts->len, text);
	case FORM_TEXT:
		if (text->len + parts->len > CONVERSATION_TEXT_MAX)
			return false;
		g_string_append_len(text, parts->str, (ssize_t)parts->len);
		return true;
	}
	return false;
}

/* The magic number goes where the form of its piece was, and the end of the piece before it, which is read by then. */
static bool
decoder_read(struct conversation_decoder *decoder, const struct conversation_key *key, char *pieces,
    const char *end, GString *text)
{
	while (pieces < end) {
		enum conversation_form form = (enum conversation_form)(unsigned char)*pieces;
		char *frame = pieces + 1 - MAGIC_SIZE;
		size_t size;

		memcpy(frame, frame_magic, MAGIC_SIZE);
		size = ZSTD_findFrameCompressedSize(frame, (size_t)(end - frame));
		if (ZSTD_isError(size) || !decoder_decompress(decoder, frame, size) ||
		    !decoder_append(decoder, form, key, text))
			return false;
		pieces = frame + size;
	}
	return true;
}

bool
conversation_decode(struct conversation_decoder *decoder, const struct conversation_key *key,
    const void *bytes, size_t length, GString *text, struct error *error)
{
	static const char room[MAGIC_SIZE - 1];
	GString *frames = decoder->frames, *whole = decoder->whole;
	bool is_whole;

	g_string_truncate(whole, 0);
	g_string_truncate(frames, 0);
	g_string_append_len(frames, room, sizeof(room));
	g_string_append_len(frames, bytes, (ssize_t)length);
	is_whole = decoder_read(decoder, key, frames->str + sizeof(room), frames->str + frames->len,
		       whole) &&
	    text_is_utf8(whole->str, whole->len);
	if (is_whole)
		g_string_append_len(text, whole->str, (ssize_t)whole->len);
	else
		error_set(error, "the conversation of delivery %" G_GINT64_FORMAT " is broken",
		    key->delivery_id);
	if (whole->allocated_len + decoder->parts->allocated_len > KEPT_BYTES) {
		decoder_free_buffers(decoder);
		decoder_make_buffers(decoder);
	}
	return is_whole;
}
