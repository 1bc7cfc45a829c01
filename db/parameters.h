/*
 * The parameters of one statement, in order: scalars as text, bytes and arrays in binary.
 *
 *   struct parameters p;
 *   parameters_init(&p) -> parameters_add_...() -> pipeline_execute(..., &p) -> parameters_clear(&p)
 */
#ifndef DB_PARAMETERS_H
#define DB_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include "db/array.h"

enum { PARAMETERS_MAX = 20, PARAMETERS_NUMBER_SIZE = 24 };

struct parameters {
	int count;
	const char *values[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX];
	int formats[PARAMETERS_MAX]; /* libpq's: 0 text, 1 binary */
	struct db_array *arrays[PARAMETERS_MAX];
	char numbers[PARAMETERS_MAX][PARAMETERS_NUMBER_SIZE];
};

void parameters_init(struct parameters *parameters);

/* Frees the arrays. */
void parameters_clear(struct parameters *parameters);

void parameters_add_number(struct parameters *parameters, int64_t number);

/* text is not copied; NULL: SQL NULL. It must be valid UTF-8. */
void parameters_add_text(struct parameters *parameters, const char *text);

/* data is not copied; NULL: SQL NULL. */
void parameters_add_bytes(struct parameters *parameters, const void *data, size_t length);

/* A new, empty array as the next parameter, for the caller to fill. Owned by the parameters. */
struct db_array *parameters_add_array(struct parameters *parameters, enum db_array_type type);

/* Puts the arrays' bytes in their places; pipeline_execute() calls it. */
void parameters_finish(struct parameters *parameters);

#endif
