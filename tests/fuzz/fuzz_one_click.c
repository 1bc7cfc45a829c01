/* Forms of any bytes that may ask to unsubscribe: the first line is the Content-Type, the rest the body. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <gmime/gmime.h>

#include "services/unsubscribe/one_click.h"
#include "services/unsubscribe/unsubscribe_service.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	g_mime_init();
	return 0;
}

/* http_parser lets no NUL into a field. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t length = line_end != NULL ? (size_t)(line_end - (const char *)data) : size;
	char *content_type = g_strndup((const char *)data, length);
	char *body = g_memdup2(data + length, size - length);

	/* No value is found in a body that does not hold it, in whatever form. */
	if (one_click_is_asked(
		content_type, body != NULL ? body : "", MIN(size - length, UNSUBSCRIBE_BODY_MAX)))
		assert(size - length >= strlen(ONE_CLICK_VALUE));
	g_free(content_type);
	g_free(body);
	return 0;
}
