/* Rows of any bytes in any format that can be read: every value ends, row by row, within the text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/soap/delimited_text.h"

enum { PARTS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What comes before the first three unit separators is the format, the rest is the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *whole = g_strndup((const char *)data, size);
	char **parts = g_strsplit(whole, "\x1f", PARTS + 1);
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

	if (g_strv_length(parts) == PARTS + 1) {
		const struct delimited_format format =
		    delimited_format_of(parts[0], parts[1], parts[2]);
		struct delimited_reader reader;
		size_t length = strlen(parts[PARTS]);

		if (delimited_format_is_good(&format)) {
			delimited_reader_init(&reader, parts[PARTS], &format);
			while (delimited_reader_next(&reader, values) == DELIMITED_ROW) {
				size_t bytes = 0;

				assert(values->len > 0);
				for (guint i = 0; i < values->len; i++)
					bytes += strlen(g_ptr_array_index(values, i));
				assert(bytes <= length);
				assert(reader.next <= parts[PARTS] + length);
			}
			assert(reader.row <= length + 1);
		}
	}
	g_ptr_array_unref(values);
	g_strfreev(parts);
	g_free(whole);
	return 0;
}
