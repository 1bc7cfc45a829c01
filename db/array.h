/*
 * PostgreSQL array parameters in binary form: a batch of rows travels as one array per column.
 *
 *   db_array_create() -> db_array_add_...() once per element -> db_array_data() -> db_array_destroy()
 *
 * Wire form: PostgreSQL's array_recv(): dimensions, a null flag, the element type, then each element with its length.
 */
#ifndef DB_ARRAY_H
#define DB_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The element type; the values are PostgreSQL's type OIDs. */
enum db_array_type {
	DB_ARRAY_BOOL = 16,
	DB_ARRAY_BYTEA = 17,
	DB_ARRAY_INT8 = 20,
	DB_ARRAY_INT4 = 23,
	DB_ARRAY_TEXT = 25,
	DB_ARRAY_TIMESTAMPTZ = 1184
};

struct db_array;

struct db_array *db_array_create(enum db_array_type type);
void db_array_destroy(struct db_array *array);

void db_array_add_null(struct db_array *array);
void db_array_add_bool(struct db_array *array, bool value);

/* For int4 and int8; the value must fit. */
void db_array_add_number(struct db_array *array, int64_t value);

/* The same, where 0 stands for none. */
void db_array_add_number_or_null(struct db_array *array, int64_t value);

/* when: microseconds since 1970 (base/clock.h). */
void db_array_add_time(struct db_array *array, int64_t when);

/*
 * length: bytes, or -1 for up to the NUL. NULL text: SQL NULL. PostgreSQL holds neither NUL nor broken UTF-8, and
 * one such value would fail a whole batch: NULs are dropped, broken sequences become U+FFFD.
 */
void db_array_add_text(struct db_array *array, const char *text, ssize_t length);

/* One bytea element made of two pieces. */
void db_array_add_bytes(struct db_array *array, const void *first, size_t first_length,
    const void *second, size_t second_length);

unsigned db_array_count(const struct db_array *array);

/* The parameter's bytes, valid until the array changes. */
const char *db_array_data(struct db_array *array, size_t *length);

#endif
