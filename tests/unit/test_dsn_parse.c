/* RFC 3461's parameters, and the xtext that two of them are written in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/relay/message/xtext.h"
#include "services/relay/receive/dsn_parse.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X100 X50 X50

static struct span
span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

struct notify_row {
	const char *value;
	unsigned notify; /* 0: refused */
};

static const struct notify_row notify_rows[] = {
    {"NEVER", DSN_NOTIFY_NEVER},
    {"never", DSN_NOTIFY_NEVER},
    {"SUCCESS", DSN_NOTIFY_SUCCESS},
    {"FAILURE", DSN_NOTIFY_FAILURE},
    {"Delay", DSN_NOTIFY_DELAY},
    {"SUCCESS,FAILURE", DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE},
    {"DELAY,SUCCESS,FAILURE", DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE | DSN_NOTIFY_DELAY},
    {"NEVER,FAILURE", 0},
    {"SUCCESS,NEVER", 0},
    {"NEVER,NEVER", 0},
    {"FAILURE,FAILURE", 0},
    {"FAILURE,", 0},
    {",FAILURE", 0},
    {"SUCCESS,,DELAY", 0},
    {"SUCCESS;DELAY", 0},
    {"FAIL", 0},
    {"FAILURES", 0},
    {",", 0},
    {"", 0},
};

static void
test_notify(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(notify_rows); i++) {
		unsigned notify;
		bool taken = dsn_parse_notify(span_of(notify_rows[i].value), &notify);

		assert_int_equal(taken, notify_rows[i].notify != 0);
		if (taken)
			assert_int_equal(notify, notify_rows[i].notify);
	}
}

struct return_row {
	const char *value;
	enum dsn_return expected; /* unsaid: refused */
};

static const struct return_row return_rows[] = {
    {"FULL", DSN_RETURN_FULL},
    {"full", DSN_RETURN_FULL},
    {"HDRS", DSN_RETURN_HEADERS},
    {"Hdrs", DSN_RETURN_HEADERS},
    {"HDR", DSN_RETURN_UNSAID},
    {"FULL,HDRS", DSN_RETURN_UNSAID},
    {"", DSN_RETURN_UNSAID},
};

static void
test_return(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(return_rows); i++) {
		enum dsn_return read;

		assert_int_equal(dsn_parse_return(span_of(return_rows[i].value), &read),
		    return_rows[i].expected != DSN_RETURN_UNSAID);
		assert_int_equal(read, return_rows[i].expected);
	}
}

struct xtext_row {
	const char *value;
	const char *decoded; /* NULL: refused */
};

static const struct xtext_row envelope_id_rows[] = {
    {"QQ314159", "QQ314159"},
    {"a+2Bb+3Dc", "a+b=c"},
    {"two+20words", "two words"},
    {"!~", "!~"},
    {"+7E+21", "~!"},
    {"+", NULL},
    {"a+", NULL},
    {"a+2", NULL},
    {"a+2b", NULL}, /* small digits are none: RFC 3461 4 */
    {"a+2G", NULL},
    {"a+ 0", NULL},
    {"a=b", NULL},
    {"a b", NULL},
    {"a\tb", NULL},
    {"+0D+0A", NULL}, /* would end a field of a report */
    {"+00", NULL},
    {"+7F", NULL},
    {"+C3+A9", NULL}, /* beyond ASCII */
    {"\xc3\xa9", NULL},
    {"\x7f", NULL},
    {"", NULL},
    {X100, X100},
    {X100 "x", NULL},
};

static void
test_envelope_id(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(envelope_id_rows); i++) {
		const struct xtext_row *row = &envelope_id_rows[i];
		char *decoded;

		assert_int_equal(dsn_parse_envelope_id(span_of(row->value)), row->decoded != NULL);
		if (row->decoded == NULL)
			continue;
		decoded = xtext_decode(row->value);
		assert_string_equal(decoded, row->decoded);
		g_free(decoded);
	}
}

struct original_row {
	const char *value;
	bool is_smtputf8;
	bool expected;
};

static const struct original_row original_rows[] = {
    {"rfc822;ann@example.net", false, true},
    {"RFC822;ann+2Btag@example.net", false, true},
    {"x-local;ann", false, true},
    {"utf-8;\\x{E9}ric@example.net", false, true},
    {"utf-8;\xc3\xa9ric@example.net", true, true},
    {"utf-8;\xc3\xa9ric@example.net", false, false},
    {"rfc822;\xc3\xa9ric@example.net", true, false},
    {"utf-8;\xc3ric@example.net", true, false},
    {"utf-8;a\x01\xc3\xa9", true, false},
    {"rfc822;ann@example.net;x", false, true},
    {"ann@example.net", false, false},
    {";ann@example.net", false, false},
    {"rfc822;", false, false},
    {"rfc 822;ann", false, false},
    {"rfc822,;ann", false, false},
    {"rfc822;ann+@example.net", false, false},
    {"rfc822;ann+0Ax", false, false},
    {"", false, false},
    {"rfc822;" X100 X100 X100 X100 X50 X50 "xx", false, false},
    {"x;" X100 X100 X100 X100 X50 "x" X50, false, false},
    {"x;" X100 X100 X100 X100 X50 "12345678901234567890123456789012345678901234567", false, true},
};

static void
test_original(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(original_rows); i++)
		assert_int_equal(dsn_parse_original(
				     span_of(original_rows[i].value), original_rows[i].is_smtputf8),
		    original_rows[i].expected);
}

/* What is written is taken again, and says the same. */
static void
test_xtext_written(void **state)
{
	static const char *const texts[] = {"ann@example.net", "a+b=c d", "\xc3\xa9", "++==", ""};
	static const char *const written[] = {
	    "ann@example.net", "a+2Bb+3Dc+20d", "+C3+A9", "+2B+2B+3D+3D", ""};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		GString *out = g_string_new(NULL);
		char *decoded;

		xtext_append(out, texts[i]);
		assert_string_equal(out->str, written[i]);
		decoded = xtext_decode(out->str);
		assert_string_equal(decoded, texts[i]);
		g_free(decoded);
		g_string_free(out, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_notify),
	    cmocka_unit_test(test_return),
	    cmocka_unit_test(test_envelope_id),
	    cmocka_unit_test(test_original),
	    cmocka_unit_test(test_xtext_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
