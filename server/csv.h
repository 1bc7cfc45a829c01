/* Rows as commands export them: RFC 4180 with LF at their ends, which delimited_text.h reads back. */
#ifndef SERVER_CSV_H
#define SERVER_CSV_H

#include <stddef.h>

/* Writes a row to standard output. */
void csv_print(const char *const *values, size_t count);

#endif
