/* Header fields in place: what is a field, what is not, and that no byte is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/message/header_scan.h"

/* fields: "name|value;name|value", as they are found. */
static const struct {
	const char *head;
	const char *fields;
} rows[] = {
    {"", ""},
    {"Subject: a\r\n", "Subject| a;"},
    {"Subject:a\r\nTo: b\r\n", "Subject|a;To| b;"},
    {"SUBJECT: a\r\n", "SUBJECT| a;"},
    {"Subject:\r\n", "Subject|;"},
    {"Subject : a\r\n", "Subject| a;"},
    {"Subject \t : a\r\n", "Subject| a;"},
    {"Subject: a\r\n b\r\n\tc\r\nTo: d\r\n", "Subject| a\r\n b\r\n\tc;To| d;"},
    {"Subject:\r\n a\r\n", "Subject|\r\n a;"},
    {"Subject: a: b\r\n", "Subject| a: b;"},
    {"Subject: a", "Subject| a;"},
    {"Subject: a\r", "Subject| a;"},
    {"Subject: a\r\n ", "Subject| a\r\n ;"},
    {"Subject: a\r\n \r\nTo: b\r\n", "Subject| a\r\n ;To| b;"},
    /* no fields, kept all the same */
    {"no field\r\nTo: b\r\n", "|no field;To| b;"},
    {"no field\r\n with a fold\r\nTo: b\r\n", "|no field\r\n with a fold;To| b;"},
    {" a fold first\r\nTo: b\r\n", "| a fold first;To| b;"},
    {": nameless\r\nTo: b\r\n", "|: nameless;To| b;"},
    {"From x@y Thu Mar 19 14:05:11 2026\r\nTo: b\r\n", "|From x@y Thu Mar 19 14:05:11 2026;To| b;"},
    {"S\xc3\xbc: a\r\n", "|S\xc3\xbc: a;"},
    {"\r\nTo: b\r\n", "|;To| b;"},
    /* bare line feeds hide nothing */
    {"Subject: a\nBcc: b\r\n", "Subject| a;Bcc| b;"},
    {"Subject: a\n b\nBcc: c\n", "Subject| a\n b;Bcc| c;"},
    {"Subject: a\rBcc: b\r\n", "Subject| a\rBcc: b;"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct header_scan scan = header_scan_start(rows[i].head, strlen(rows[i].head));
		struct header_field field;
		GString *fields = g_string_new(NULL);
		const char *at = rows[i].head;

		while (header_scan_next(&scan, &field)) {
			assert_ptr_equal(field.raw, at);
			at += field.raw_length;
			g_string_append_len(fields, field.name, (gssize)field.name_length);
			g_string_append_c(fields, '|');
			g_string_append_len(fields, field.value, (gssize)field.value_length);
			g_string_append_c(fields, ';');
		}
		assert_string_equal(at, "");
		assert_string_equal(fields->str, rows[i].fields);
		g_string_free(fields, TRUE);
	}
}

static void
test_name(void **state)
{
	struct header_scan scan = header_scan_start("sUBJECT: a\r\n", 12);
	struct header_field field;

	(void)state;
	assert_true(header_scan_next(&scan, &field));
	assert_true(header_field_is(&field, "Subject"));
	assert_false(header_field_is(&field, "Subjec"));
	assert_false(header_field_is(&field, "Subjects"));
}

static void
test_nul(void **state)
{
	static const char head[] = "Subject: a\0b\r\nTo: c\r\n";
	struct header_scan scan = header_scan_start(head, sizeof(head) - 1);
	struct header_field field;

	(void)state;
	assert_true(header_scan_next(&scan, &field));
	assert_int_equal(field.value_length, 4);
	assert_memory_equal(field.value, " a\0b", 4);
	assert_true(header_scan_next(&scan, &field));
	assert_true(header_field_is(&field, "To"));
	assert_false(header_scan_next(&scan, &field));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_name),
	    cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests_name("header_scan", tests, NULL, NULL);
}
