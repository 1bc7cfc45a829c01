/* A PostgreSQL array as a parameter: its literal, as db_query() binds every parameter as text. */
#ifndef DB_TEXT_ARRAY_H
#define DB_TEXT_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* {"a","b"} of `count` strings, each quoted. The caller's to g_free(). */
char *db_text_array(const char *const *strings, size_t count);

/* {1,2}, an int[]. Likewise. */
char *db_text_array_of_numbers(const int32_t *numbers, size_t count);

/* For one that is put together number by number: adds to what is empty at first, and ends it. */
void db_text_array_add_number(GString *array, int64_t number);
void db_text_array_end(GString *array);

#endif
