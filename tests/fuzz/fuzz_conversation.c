/* Stored conversations: any bytes are read or refused; any text that is encoded comes back byte for byte. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "db/conversation.h"
#include "db/conversation_parts.h"
#include "db/id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conversation_key key = {.account_id = 1,
    .delivery_id = INT64_C(20531) << ID_DAY_SHIFT | 5,
    .recipient = "to@example.test"};

static void
read_bytes(struct conversation_decoder *decoder, const char *bytes, size_t size)
{
	GString *text = g_string_new(NULL);
	struct error error;

	if (conversation_decode(decoder, &key, bytes, size, text, &error) &&
	    !g_utf8_validate_len(text->str, text->len, NULL))
		abort();
	g_string_truncate(text, 0);
	(void)conversation_put_together(&key, bytes, size, text);
	if (text->len > CONVERSATION_TEXT_MAX)
		abort();
	g_string_free(text, TRUE);
}

static void
write_text(struct conversation_encoder *encoder, struct conversation_decoder *decoder,
    const char *written, size_t size)
{
	GString *bytes = conversation_encode(encoder, &key, written, size);
	GString *text = g_string_new(NULL);
	struct error error;

	if (bytes != NULL) {
		if (!conversation_decode(decoder, &key, bytes->str, bytes->len, text, &error) ||
		    text->len != size || memcmp(text->str, written, size) != 0)
			abort();
		g_string_free(bytes, TRUE);
	}
	g_string_free(text, TRUE);
}

/* The first byte says which. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conversation_encoder *encoder;
	static struct conversation_decoder *decoder;

	if (encoder == NULL) {
		encoder = conversation_encoder_create();
		decoder = conversation_decoder_create();
	}
	if (size > 0 && data[0] % 2 == 0)
		read_bytes(decoder, (const char *)data + 1, size - 1);
	else if (size > 0)
		write_text(encoder, decoder, (const char *)data + 1, size - 1);
	return 0;
}
