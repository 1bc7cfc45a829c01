#include "db/parameters.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

void
parameters_init(struct parameters *parameters)
{
	parameters->count = 0;
}

void
parameters_clear(struct parameters *parameters)
{
	for (int i = 0; i < parameters->count; i++)
		db_array_destroy(parameters->arrays[i]);
	parameters->count = 0;
}

static int
parameters_add(struct parameters *parameters, const char *value, size_t length, int format)
{
	int at = parameters->count++;

	assert(at < PARAMETERS_MAX && length <= INT_MAX);
	parameters->values[at] = value;
	parameters->lengths[at] = (int)length;
	parameters->formats[at] = format;
	parameters->arrays[at] = NULL;
	return at;
}

void
parameters_add_number(struct parameters *parameters, int64_t number)
{
	int at = parameters_add(parameters, NULL, 0, 0);

	snprintf(parameters->numbers[at], PARAMETERS_NUMBER_SIZE, "%" PRId64, number);
	parameters->values[at] = parameters->numbers[at];
}

void
parameters_add_text(struct parameters *parameters, const char *text)
{
	parameters_add(parameters, text, 0, 0);
}

void
parameters_add_bytes(struct parameters *parameters, const void *data, size_t length)
{
	parameters_add(parameters, data, length, 1);
}

struct db_array *
parameters_add_array(struct parameters *parameters, enum db_array_type type)
{
	int at = parameters_add(parameters, NULL, 0, 1);

	return parameters->arrays[at] = db_array_create(type);
}

void
parameters_finish(struct parameters *parameters)
{
	for (int i = 0; i < parameters->count; i++) {
		size_t length;

		if (parameters->arrays[i] == NULL)
			continue;
		parameters->values[i] = db_array_data(parameters->arrays[i], &length);
		assert(length <= INT_MAX);
		parameters->lengths[i] = (int)length;
	}
}
