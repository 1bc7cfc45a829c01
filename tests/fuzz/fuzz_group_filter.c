/* Filters of any text: a path of bounded size, or a reason. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/soap/group_filter.h"

enum { GROWTH = 60 /* a path has at most so many bytes for each of a filter */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
key_of(void *arg, const char *name, struct error *error)
{
	(void)arg;
	(void)error;
	return g_strdup(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *filter = g_utf8_make_valid((const char *)data, (gssize)size);
	struct error error = {0};
	char *path = group_filter_compile(filter, key_of, NULL, &error);

	if (path == NULL)
		assert(error.text[0] != '\0');
	else
		assert(strlen(path) <= GROWTH * (strlen(filter) + 1));
	g_free(path);
	g_free(filter);
	return 0;
}
