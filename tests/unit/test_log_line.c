/* Lines of the log: both forms of each field, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <json-glib/json-glib.h>

#include "base/log_line.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static char *
line_text(const struct log_line *line)
{
	return g_strndup(line->bytes, line->length);
}

static void __attribute__((format(printf, 2, 3)))
add(struct log_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line_add_format(line, format, arguments);
	va_end(arguments);
}

static void
assert_line(struct log_line *line, const char *expected)
{
	g_autofree char *text = NULL;

	log_line_end(line);
	text = line_text(line);
	assert_string_equal(text, expected);
}

/* What one text value becomes: unquoted in the format, quoted in it, in JSON. */
struct text_row {
	const char *value;
	const char *word;
	const char *quoted;
	const char *json;
};

static const struct text_row text_rows[] = {
    {"plain", "k=plain\n", "k=\"plain\"\n", "{\"k\":\"plain\"}\n"},
    {"", "k=\"\"\n", "k=\"\"\n", "{\"k\":\"\"}\n"},
    {NULL, "\n", "\n", "{}\n"},
    {"12", "k=12\n", "k=\"12\"\n", "{\"k\":\"12\"}\n"},
    {"a b", "k=\"a b\"\n", "k=\"a b\"\n", "{\"k\":\"a b\"}\n"},
    {"a=b", "k=\"a=b\"\n", "k=\"a=b\"\n", "{\"k\":\"a=b\"}\n"},
    {"x\" account=\"7", "k=\"x\\\" account=\\\"7\"\n", "k=\"x\\\" account=\\\"7\"\n",
	"{\"k\":\"x\\\" account=\\\"7\"}\n"},
    {"back\\slash", "k=\"back\\\\slash\"\n", "k=\"back\\\\slash\"\n",
	"{\"k\":\"back\\\\slash\"}\n"},
    {"a\nb\r\t\x7f", "k=\"a\\x0Ab\\x0D\\x09\\x7F\"\n", "k=\"a\\x0Ab\\x0D\\x09\\x7F\"\n",
	"{\"k\":\"a\\\\x0Ab\\\\x0D\\\\x09\\\\x7F\"}\n"},
    {"Gr\u00fc\u00dfe", "k=\"Gr\u00fc\u00dfe\"\n", "k=\"Gr\u00fc\u00dfe\"\n",
	"{\"k\":\"Gr\u00fc\u00dfe\"}\n"},
    {"\xc3(\xff", "k=\"\\xC3(\\xFF\"\n", "k=\"\\xC3(\\xFF\"\n", "{\"k\":\"\\\\xC3(\\\\xFF\"}\n"},
    /* LINE SEPARATOR and PARAGRAPH SEPARATOR */
    {"\u2028\u2029", "k=\"\\xE2\\x80\\xA8\\xE2\\x80\\xA9\"\n",
	"k=\"\\xE2\\x80\\xA8\\xE2\\x80\\xA9\"\n",
	"{\"k\":\"\\\\xE2\\\\x80\\\\xA8\\\\xE2\\\\x80\\\\xA9\"}\n"},
};

static void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(text_rows); i++) {
		const struct text_row *row = &text_rows[i];
		struct log_line line;

		log_line_begin(&line, LOG_FORMAT_PAIRS);
		add(&line, "k=%s", row->value);
		assert_line(&line, row->word);
		log_line_begin(&line, LOG_FORMAT_PAIRS);
		add(&line, "k=\"%s\"", row->value);
		assert_line(&line, row->quoted);
		for (int quoted = 0; quoted < 2; quoted++) {
			log_line_begin(&line, LOG_FORMAT_JSON);
			add(&line, quoted != 0 ? "k=\"%s\"" : "k=%s", row->value);
			assert_line(&line, row->json);
		}
	}
}

static void
test_numbers(void **state)
{
	struct log_line line;

	(void)state;
	for (int json = 0; json < 2; json++) {
		log_line_begin(&line, json != 0 ? LOG_FORMAT_JSON : LOG_FORMAT_PAIRS);
		add(&line, "a=%d b=%u c=%lld d=%llu e=%zu f=%ld", -1, 2U, (long long)INT64_MIN,
		    (unsigned long long)UINT64_MAX, (size_t)0, 1428196885020673L);
		add(&line, "g=%.3f h=%u%% i=\"%d\"", 0.0714, 50U, 7);
		assert_line(&line,
		    json != 0
			? "{\"a\":-1,\"b\":2,\"c\":-9223372036854775808,\"d\":18446744073709551615,"
			  "\"e\":0,\"f\":1428196885020673,\"g\":0.071,\"h\":\"50%\",\"i\":\"7\"}\n"
			: "a=-1 b=2 c=-9223372036854775808 d=18446744073709551615 e=0 "
			  "f=1428196885020673 g=0.071 h=50% i=\"7\"\n");
	}
}

static void
test_formats(void **state)
{
	struct log_line line;

	(void)state;
	log_line_begin(&line, LOG_FORMAT_JSON);
	add(&line, "cut=%.3s by=%.*s reply=\"%u %s\" said=yes text=\"at last\"", "abcdef", 2, "xyz",
	    550U, "5.1.1 no");
	assert_line(&line,
	    "{\"cut\":\"abc\",\"by\":\"xy\",\"reply\":\"550 5.1.1 no\",\"said\":\"yes\","
	    "\"text\":\"at last\"}\n");
	log_line_begin(&line, LOG_FORMAT_PAIRS);
	add(&line, "clients were still sending: %d, all=told", 3);
	assert_line(&line, "text=\"clients were still sending: 3, all=told\"\n");
	log_line_begin(&line, LOG_FORMAT_PAIRS);
	add(&line, "a=%i b=%x c=%s", -3, 7U, "not read");
	assert_line(&line, "a=-3 b=?\n");
	log_line_begin(&line, LOG_FORMAT_PAIRS);
	log_line_add_bare(&line, "level", "info");
	log_line_add_text(&line, "process", "api");
	assert_line(&line, "info process=\"api\"\n");
}

static void
assert_is_json(const struct log_line *line)
{
	g_autoptr(JsonParser) parser = json_parser_new();

	assert_int_equal(line->bytes[line->length - 1], '\n');
	assert_null(memchr(line->bytes, '\n', line->length - 1));
	assert_true(json_parser_load_from_data(parser, line->bytes, (gssize)line->length, NULL));
	assert_true(JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)));
}

/* A value is cut; of fields without room none is begun; octets grow fivefold. */
static void
test_bounds(void **state)
{
	g_autofree char *text = g_strnfill(LOG_VALUE_MAX + 1, 'x');
	g_autofree char *octets = g_strnfill(LOG_VALUE_MAX, '\x01');
	struct log_line line;

	(void)state;
	log_line_begin(&line, LOG_FORMAT_JSON);
	add(&line, "a=%s b=1", text);
	log_line_end(&line);
	assert_is_json(&line);
	line.bytes[line.length - 1] = '\0';
	assert_non_null(strstr(line.bytes, "x...\",\"b\":"));
	log_line_begin(&line, LOG_FORMAT_JSON);
	add(&line, "a=%d b=%s c=%d", 1, octets, 2);
	assert_line(&line, "{\"a\":1}\n");
	for (int filler = 900; filler < 1100; filler++) {
		log_line_begin(&line, LOG_FORMAT_JSON);
		add(&line, "a=%.*s b=%.*s c=%.*s d=%.*s", filler, text, filler, text, filler, text,
		    filler, text);
		log_line_end(&line);
		assert_true(line.length <= LOG_LINE_MAX);
		assert_is_json(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_formats),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
