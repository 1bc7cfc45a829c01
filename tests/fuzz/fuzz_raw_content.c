/* MIME entities of any bytes, with merge fields filled: what leaves is ASCII in lines that mail can carry, or a reason is given. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/relay/message/raw_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_written(struct raw_content *raw, struct merge_values *values)
{
	struct error error;
	GString *head = g_string_new(NULL);
	GString *body = g_string_new(NULL);

	/* Inputs are too short to name the value that often. */
	assert(raw_content_write(raw, values, head, body, &error));
	assert(g_str_has_prefix(body->str, "\r\n"));
	assert(head->len == 0 || g_str_has_suffix(head->str, "\r\n"));
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct merge_known known = {"a@b.test", NULL};
	struct error error = {0};
	char *entity = g_utf8_make_valid((const char *)data, (gssize)size);
	struct raw_content *raw = raw_content_create(entity, &error);
	struct merge_values *values =
	    merge_values_create(&known, "{\"name\":\"\xc3\x84 <x>\\r\\n.\\r\\n--b\"}", &error);

	if (raw == NULL) {
		assert(error.text[0] != '\0');
	} else {
		check_written(raw, values);
		check_written(raw, values);
	}
	raw_content_free(raw);
	merge_values_free(values);
	g_free(entity);
	return 0;
}
