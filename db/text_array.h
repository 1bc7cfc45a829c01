/* A PostgreSQL text[] parameter: the array's literal, as db_query() binds every parameter as text. */
#ifndef DB_TEXT_ARRAY_H
#define DB_TEXT_ARRAY_H

#include <stddef.h>

/* {"a","b"} of `count` strings, each quoted. The caller's to g_free(). */
char *db_text_array(const char *const *strings, size_t count);

#endif
