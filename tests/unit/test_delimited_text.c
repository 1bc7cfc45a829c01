/* services/soap/delimited_text.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/soap/delimited_text.h"

enum { ROWS_MAX = 4, VALUES_MAX = 5 };

struct reading_case {
	const char *column, *row, *qualifier;
	const char *text;
	const char *rows[ROWS_MAX][VALUES_MAX];
	unsigned last_row; /* its number */
	bool unclosed;     /* the last row */
};

static const struct reading_case cases[] = {
    {"", "", "", "", {{NULL}}, 0, false},
    {"", "", "", "\n\n", {{NULL}}, 2, false},
    {"", "", "", "a,b\nc,d", {{"a", "b"}, {"c", "d"}}, 2, false},
    {"", "", "", "a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}, 2, false},
    {"", "", "", "a\rb", {{"a"}, {"b"}}, 2, false},
    {"", "\r\n", "", "a\nb", {{"a"}, {"b"}}, 2, false},
    {"", "", "",
	"\xef\xbb\xbf"
	"a,b",
	{{"a", "b"}}, 1, false},
    {"", "", "", "a\n \t \n\nb", {{"a"}, {"b"}}, 4, false},
    {"", "", "", "a,\n,b\n", {{"a", ""}, {"", "b"}}, 2, false},
    {"", "", "", " a , b ", {{" a ", " b "}}, 1, false},
    {"\t", "", "", "\ta\t\n", {{"", "a", ""}}, 1, false},
    {"|", ";", "", "a|b;c|d;", {{"a", "b"}, {"c", "d"}}, 2, false},
    {"<>", "##", "", "a<>b##c<>d<", {{"a", "b"}, {"c", "d<"}}, 2, false},
    {"", "", "\"", "\"a,\nb\",c", {{"a,\nb", "c"}}, 1, false},
    {"", "", "\"", " \"a\" , \"b\"\nc", {{"a", "b"}, {"c"}}, 2, false},
    {"", "", "\"", "\"a\"\"b\",\"\",\"\"\"\"", {{"a\"b", "", "\""}}, 1, false},
    {"", "", "\"", "a\"b,c", {{"a\"b", "c"}}, 1, false},
    {"", "", "\"", "\"a\"b,c", {{"ab", "c"}}, 1, false},
    {"", "", "''", "''a,b''", {{"a,b"}}, 1, false},
    {"", "", "\"", "a\n\"b,c\nd", {{"a"}}, 2, true},
    {"", "", "\"", "\"", {{NULL}}, 1, true},
    {"", "", "", "\"a,b\"", {{"\"a", "b\""}}, 1, false},
};

static void
expect_row(const GPtrArray *values, const char *const *expected)
{
	guint count = 0;

	while (count < VALUES_MAX && expected[count] != NULL)
		count++;
	assert_int_equal(values->len, count);
	for (guint i = 0; i < count; i++)
		assert_string_equal(g_ptr_array_index(values, i), expected[i]);
}

static void
test_reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct reading_case *each = &cases[i];
		const struct delimited_format format =
		    delimited_format_of(each->column, each->row, each->qualifier);
		GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
		struct delimited_reader reader;
		enum delimited_outcome outcome;
		unsigned rows = 0;

		assert_true(delimited_format_is_good(&format));
		delimited_reader_init(&reader, each->text, &format);
		while ((outcome = delimited_reader_next(&reader, values)) == DELIMITED_ROW) {
			assert_true(rows < ROWS_MAX);
			expect_row(values, each->rows[rows++]);
		}
		assert_true(rows == ROWS_MAX || each->rows[rows][0] == NULL);
		assert_int_equal(outcome, each->unclosed ? DELIMITED_UNCLOSED : DELIMITED_END);
		assert_int_equal(reader.row, each->last_row);
		g_ptr_array_unref(values);
	}
}

static void
test_formats(void **state)
{
	static const struct {
		const char *column, *row, *qualifier;
		bool good;
	} formats[] = {
	    {"", "", "", true},
	    {"\t", "\n", "\"", true},
	    {",", "", ",", false},
	    {",", ",", "", false},
	    {"\n", "", "", false},
	    {"a\r", "", "", false},
	    {"||", "|", "", false},
	    {"|", "||", "", false},
	    {"\"|", ";", "\"", false},
	    {"|", ";", ";", false},
	    {"|", "", "\n", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		const struct delimited_format format =
		    delimited_format_of(formats[i].column, formats[i].row, formats[i].qualifier);

		assert_int_equal(delimited_format_is_good(&format), formats[i].good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reading),
	    cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
