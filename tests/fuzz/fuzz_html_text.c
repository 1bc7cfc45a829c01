/* Plain text from any HTML: valid, ended by one line end, and not swollen. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/message/html_text.h"

/* A list's item costs four bytes of HTML and an indentation. */
enum { GROWTH_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *html = g_utf8_make_valid((const char *)data, (gssize)size);
	char *text = html_text_create(html);
	size_t length = strlen(text);

	assert(g_utf8_validate(text, -1, NULL));
	assert(length <= GROWTH_MAX * strlen(html) + GROWTH_MAX);
	assert(length == 0 || text[length - 1] == '\n');
	assert(length < 2 || text[length - 2] != '\n');
	g_free(text);
	g_free(html);
	return 0;
}
