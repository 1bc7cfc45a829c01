/* Rows as commands export them: RFC 4180 with LF at their ends, which delimited_text.h reads back. */
#ifndef SERVER_CSV_H
#define SERVER_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Writes a row to standard output. */
void csv_print(const char *const *values, size_t count);

/* Whether all that was printed is written; if not, error says why. For the end of what others read. */
bool csv_flush(struct error *error);

#endif
