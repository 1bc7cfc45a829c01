/* A PostgreSQL array as a parameter: its literal, as db_query() binds every parameter as text. */
#ifndef DB_TEXT_ARRAY_H
#define DB_TEXT_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* {"a","b"} of `count` strings, each quoted. The caller's to g_free(). */
char *db_text_array(const char *const *strings, size_t count);

/* {1,2}, an int[]. Likewise. */
char *db_text_array_of_numbers(const int32_t *numbers, size_t count);

#endif
