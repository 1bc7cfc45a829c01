#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "db/array.h"

/* Hexadecimal of the parameter; g_free. */
static char *
hex(struct db_array *array)
{
	GString *out = g_string_new(NULL);
	size_t length;
	const char *data = db_array_data(array, &length);

	for (size_t i = 0; i < length; i++)
		g_string_append_printf(out, "%02x", (unsigned char)data[i]);
	return g_string_free(out, FALSE);
}

static void
test_wire_form(void **state)
{
	struct db_array *array = db_array_create(DB_ARRAY_INT4);
	g_autofree char *empty = hex(array), *numbers = NULL, *nulls = NULL;

	(void)state;
	/* dimensions, has-null flag, element type */
	assert_string_equal(empty,
	    "00000000"
	    "00000000"
	    "00000017");
	db_array_add_number(array, 7);
	db_array_add_number(array, -1);
	numbers = hex(array);
	assert_string_equal(numbers,
	    "00000001"
	    "00000000"
	    "00000017"
	    "00000002"
	    "00000001"
	    "00000004"
	    "00000007"
	    "00000004"
	    "ffffffff");
	db_array_add_null(array);
	nulls = hex(array);
	assert_string_equal(nulls,
	    "00000001"
	    "00000001"
	    "00000017"
	    "00000003"
	    "00000001"
	    "00000004"
	    "00000007"
	    "00000004"
	    "ffffffff"
	    "ffffffff");
	assert_int_equal(db_array_count(array), 3);
	db_array_destroy(array);
}

static void
test_other_types(void **state)
{
	struct db_array *bools = db_array_create(DB_ARRAY_BOOL);
	struct db_array *numbers = db_array_create(DB_ARRAY_INT8);
	struct db_array *times = db_array_create(DB_ARRAY_TIMESTAMPTZ);
	struct db_array *bytes = db_array_create(DB_ARRAY_BYTEA);
	struct {
		struct db_array *array;
		const char *wanted; /* after the header */
	} rows[] = {
	    {bools, "0000000101"},
	    {numbers, "000000080000000100000002"},
	    {times, "000000080000000000000001"},
	    {bytes, "0000000500ff010203"},
	};

	(void)state;
	db_array_add_bool(bools, true);
	db_array_add_number(numbers, INT64_C(0x100000002));
	db_array_add_time(times, INT64_C(946684800000001)); /* one microsecond into 2000 */
	db_array_add_bytes(bytes, "\0\377", 2, "\1\2\3", 3);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = hex(rows[i].array);

		assert_string_equal(got + 40, rows[i].wanted);
		db_array_destroy(rows[i].array);
	}
}

static void
test_text(void **state)
{
	static const struct {
		const char *text;
		ssize_t length;
		const char *wanted;
	} rows[] = {
	    {"abc", -1, "00000003616263"}, {"", -1, "00000000"}, {"abc", 2, "000000026162"},
	    {NULL, -1, "ffffffff"}, {"a\0b", 3, "000000026162"},      /* NUL dropped */
	    {"\0", 1, "00000000"}, {"x\xff", -1, "0000000478efbfbd"}, /* no UTF-8 */
	    {"\xe2\x82", -1, "00000006efbfbdefbfbd"},                 /* cut short */
	    {"a\0\xc3", 3, "0000000461efbfbd"}, {"\xf0\x9f\x98\x80", -1, "00000004f09f9880"},
	    {"\xed\xa0\x80", -1, "00000009efbfbdefbfbdefbfbd"}, /* a surrogate */
	};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct db_array *array = db_array_create(DB_ARRAY_TEXT);
		g_autofree char *got = NULL;

		db_array_add_text(array, rows[i].text, rows[i].length);
		got = hex(array);
		assert_string_equal(got + 40, rows[i].wanted);
		db_array_destroy(array);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wire_form),
	    cmocka_unit_test(test_other_types),
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
