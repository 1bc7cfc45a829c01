#include "server/csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

/* A qualified value keeps the white space around it, too. */
static bool
needs_quotes(const char *value)
{
	return strpbrk(value, ",\"\r\n") != NULL || g_ascii_isspace(value[0]) ||
	    (value[0] != '\0' && g_ascii_isspace(value[strlen(value) - 1]));
}

void
csv_print(const char *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool quoted = needs_quotes(values[i]);

		fputs(i > 0 ? (quoted ? ",\"" : ",") : (quoted ? "\"" : ""), stdout);
		for (const char *c = values[i]; *c != '\0'; c++) {
			if (*c == '"')
				putchar('"');
			putchar(*c);
		}
		if (quoted)
			putchar('"');
	}
	putchar('\n');
}
