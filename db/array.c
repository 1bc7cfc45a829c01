#include "db/array.h"

#include <assert.h>
#include <string.h>

#include <glib.h>

#include "db/row.h"

/* int32 dimensions, has-null flag, element type, elements, lower bound. An empty array has no dimension. */
enum { ARRAY_HEADER_EMPTY = 12, ARRAY_HEADER = 20 };

struct db_array {
	enum db_array_type type;
	unsigned count;
	bool has_null;
	GByteArray *bytes;
};

struct db_array *
db_array_create(enum db_array_type type)
{
	struct db_array *array = g_new0(struct db_array, 1);

	array->type = type;
	array->bytes = g_byte_array_sized_new(512);
	g_byte_array_set_size(array->bytes, ARRAY_HEADER);
	return array;
}

void
db_array_destroy(struct db_array *array)
{
	if (array == NULL)
		return;
	g_byte_array_unref(array->bytes);
	g_free(array);
}

static void
array_append_int32(struct db_array *array, int32_t value)
{
	int32_t wire = GINT32_TO_BE(value);

	g_byte_array_append(array->bytes, (const guint8 *)&wire, sizeof(wire));
}

static void
array_append_int64(struct db_array *array, int64_t value)
{
	int64_t wire = GINT64_TO_BE(value);

	g_byte_array_append(array->bytes, (const guint8 *)&wire, sizeof(wire));
}

static void
array_append_bytes(struct db_array *array, const void *data, size_t length)
{
	if (length > 0)
		g_byte_array_append(array->bytes, data, (guint)length);
}

void
db_array_add_null(struct db_array *array)
{
	array->count++;
	array->has_null = true;
	array_append_int32(array, -1);
}

void
db_array_add_bool(struct db_array *array, bool value)
{
	uint8_t wire = value;

	assert(array->type == DB_ARRAY_BOOL);
	array->count++;
	array_append_int32(array, sizeof(wire));
	array_append_bytes(array, &wire, sizeof(wire));
}

void
db_array_add_number(struct db_array *array, int64_t value)
{
	assert(array->type == DB_ARRAY_INT4 || array->type == DB_ARRAY_INT8);
	array->count++;
	if (array->type == DB_ARRAY_INT4) {
		assert(value >= INT32_MIN && value <= INT32_MAX);
		array_append_int32(array, sizeof(int32_t));
		array_append_int32(array, (int32_t)value);
	} else {
		array_append_int32(array, sizeof(int64_t));
		array_append_int64(array, value);
	}
}

void
db_array_add_number_or_null(struct db_array *array, int64_t value)
{
	if (value != 0)
		db_array_add_number(array, value);
	else
		db_array_add_null(array);
}

void
db_array_add_time(struct db_array *array, int64_t when)
{
	assert(array->type == DB_ARRAY_TIMESTAMPTZ);
	array->count++;
	array_append_int32(array, sizeof(int64_t));
	array_append_int64(array, when - ROW_TIME_EPOCH);
}

/* Text without its NULs, and with U+FFFD for what is not UTF-8; g_free. */
static char *
array_mend_text(const char *text, size_t length)
{
	GString *whole = g_string_sized_new(length);
	char *valid;

	for (size_t i = 0; i < length; i++)
		if (text[i] != '\0')
			g_string_append_c(whole, text[i]);
	valid = g_utf8_make_valid(whole->str, (gssize)whole->len);
	g_string_free(whole, TRUE);
	return valid;
}

static void
array_append_text(struct db_array *array, const char *text, size_t length)
{
	array->count++;
	array_append_int32(array, (int32_t)length);
	array_append_bytes(array, text, length);
}

void
db_array_add_text(struct db_array *array, const char *text, ssize_t length)
{
	size_t size;

	assert(array->type == DB_ARRAY_TEXT);
	if (text == NULL) {
		db_array_add_null(array);
		return;
	}
	size = length < 0 ? strlen(text) : (size_t)length;
	/* A NUL is not valid here either. */
	if (g_utf8_validate_len(text, size, NULL)) {
		array_append_text(array, text, size);
	} else {
		char *mended = array_mend_text(text, size);

		array_append_text(array, mended, strlen(mended));
		g_free(mended);
	}
}

void
db_array_add_bytes(struct db_array *array, const void *first, size_t first_length,
    const void *second, size_t second_length)
{
	assert(array->type == DB_ARRAY_BYTEA);
	array->count++;
	array_append_int32(array, (int32_t)(first_length + second_length));
	array_append_bytes(array, first, first_length);
	array_append_bytes(array, second, second_length);
}

unsigned
db_array_count(const struct db_array *array)
{
	return array->count;
}

const char *
db_array_data(struct db_array *array, size_t *length)
{
	bool empty = array->count == 0;
	int32_t header[] = {
	    GINT32_TO_BE(empty ? 0 : 1),
	    GINT32_TO_BE(array->has_null),
	    GINT32_TO_BE((int32_t)array->type),
	    GINT32_TO_BE((int32_t)array->count),
	    GINT32_TO_BE(1),
	};

	memcpy(array->bytes->data, header, sizeof(header));
	*length = empty ? ARRAY_HEADER_EMPTY : array->bytes->len;
	return (const char *)array->bytes->data;
}
