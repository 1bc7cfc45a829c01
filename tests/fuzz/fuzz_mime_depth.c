/* The depth of parts: one limit above which nothing exceeds, and no more than there are lines. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/relay/message/from_check.h"
#include "services/relay/message/mime_depth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
line_count(const GString *text)
{
	unsigned count = 1;

	for (size_t i = 0; i < text->len; i++)
		count += text->str[i] == '\n';
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *empty = size > 0 ? memmem(text, size, "\r\n\r\n", 4) : NULL;
	size_t head_length = empty != NULL ? (size_t)(empty + 2 - text) : size;
	GString *head = g_string_new_len(text, (gssize)head_length);
	GString *body = g_string_new_len(text + head_length, (gssize)(size - head_length));
	unsigned most = line_count(head) + line_count(body);
	bool exceeded = true;

	assert(!mime_depth_exceeds(head, body, most));
	for (unsigned depth = 0; depth < MIN(most, 20); depth++) {
		bool exceeds = mime_depth_exceeds(head, body, depth);

		assert(exceeded || !exceeds);
		exceeded = exceeds;
	}
	from_check(head);
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
	return 0;
}
