#include "services/relay/receive/sasl.h"

#include <assert.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

static bool
is_base64(struct span text, size_t padding)
{
	for (size_t i = 0; i < text.length - padding; i++)
		if (!g_ascii_isalnum(text.start[i]) && text.start[i] != '+' && text.start[i] != '/')
			return false;
	return true;
}

static size_t
padding_of(struct span text)
{
	size_t padding = 0;

	while (padding < 2 && padding < text.length && text.start[text.length - 1 - padding] == '=')
		padding++;
	return padding;
}

char *
sasl_decode(struct span text, size_t *length)
{
	size_t padding = padding_of(text);
	char *decoded;
	int written;

	if (text.length % 4 != 0 || !is_base64(text, padding))
		return NULL;
	decoded = g_malloc0(text.length / 4 * 3 + 1);
	written = EVP_DecodeBlock(
	    (unsigned char *)decoded, (const unsigned char *)text.start, (int)text.length);
	assert(written == (int)(text.length / 4 * 3));
	*length = (size_t)written - padding;
	decoded[*length] = '\0';
	return decoded;
}

void
sasl_forget(char *decoded, size_t length)
{
	if (decoded == NULL)
		return;
	OPENSSL_cleanse(decoded, length);
	g_free(decoded);
}

bool
sasl_read_plain(const char *message, size_t length, struct sasl_plain *plain)
{
	const char *end = message + length;
	const char *name_end;

	plain->name = memchr(message, '\0', length);
	if (plain->name == NULL)
		return false;
	plain->name++;
	name_end = memchr(plain->name, '\0', (size_t)(end - plain->name));
	if (name_end == NULL)
		return false;
	plain->password = name_end + 1;
	if (memchr(plain->password, '\0', (size_t)(end - plain->password)) != NULL)
		return false;
	return *message == '\0' || strcmp(message, plain->name) == 0;
}
