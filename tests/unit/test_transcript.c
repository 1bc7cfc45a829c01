/* The SMTP log's lines (deliver/transcript.h) and the verdicts that end it (deliver/verdict.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/clock.h"
#include "services/relay/deliver/transcript.h"

/* 2026-03-19T14:05:11.042Z, the contract's example. */
#define THEN (INT64_C(1773929111) * CLOCK_SECOND + 42000)

static void
read_line(struct reply *reply, const char *line, size_t length)
{
	const char *at = line;

	(void)reply_read(reply, &at, line + length);
}

static void
test_whole(void **state)
{
	GString *transcript = g_string_new(NULL);
	struct verdict verdict = verdict_from_reply(250, "2.0.0");
	struct reply reply;

	(void)state;
	transcript_begin(transcript, 1, THEN, "mx1.example.test [192.0.2.25]:25");
	reply_start(&reply);
	read_line(&reply, "220 mx1.example.test ESMTP\r\n", 28);
	transcript_add_reply_line(transcript, THEN + 8000, &reply);
	transcript_add_sent(transcript, THEN + 8000, "EHLO relay.example.net");
	transcript_add_note(transcript, THEN + 29000, "%s verified=none", "TLSv1.3");
	transcript_add_content(transcript, THEN + 60000, 4096);
	transcript_end(transcript, &verdict);
	assert_string_equal(transcript->str,
	    "attempt 1 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25\n"
	    "14:05:11.050 < 220 mx1.example.test ESMTP\n"
	    "14:05:11.050 > EHLO relay.example.net\n"
	    "14:05:11.071 = TLSv1.3 verified=none\n"
	    "14:05:11.102 > [4096 bytes]\n"
	    "result delivered 2.0.0\n");
	g_string_free(transcript, TRUE);
}

static void
test_octets(void **state)
{
	static const struct {
		const char *octets, *shown;
	} rows[] = {
	    {"plain", "plain"},
	    {"", ""},
	    {"tab\tstays", "tab\tstays"},
	    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	    {"\x01\x1b[31m\x7f", "\\x01\\x1B[31m\\x7F"},
	    {"latin \xfc!", "latin \\xFC!"},
	    {"cut \xc3", "cut \\xC3"},
	    {"c1 \xc2\x85", "c1 \\xC2\\x85"},
	    {"surrogate \xed\xa0\x80", "surrogate \\xED\\xA0\\x80"},
	    {"\xef\xbf\xbe is no character", "\\xEF\\xBF\\xBE is no character"},
	    {"cr\rin it", "cr\\x0Din it"},
	    {"back\\slash", "back\\slash"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *transcript = g_string_new(NULL);
		char *expected = g_strdup_printf("14:05:11.042 > %s\n", rows[i].shown);

		transcript_add_sent(transcript, THEN, rows[i].octets);
		assert_string_equal(transcript->str, expected);
		assert_true(g_utf8_validate(transcript->str, -1, NULL));
		g_free(expected);
		g_string_free(transcript, TRUE);
	}
}

static void
test_nul(void **state)
{
	GString *transcript = g_string_new(NULL);
	struct reply reply;

	(void)state;
	reply_start(&reply);
	read_line(&reply, "250 a\0b\r\n", 9);
	transcript_add_reply_line(transcript, THEN, &reply);
	assert_string_equal(transcript->str, "14:05:11.042 < 250 a\\x00b\n");
	g_string_free(transcript, TRUE);
}

/* What is too much is cut, and the log says so, once. */
static void
test_limits(void **state)
{
	GString *transcript = g_string_new(NULL), *line = g_string_new("250-");
	unsigned lines = 0;
	struct reply reply;

	(void)state;
	reply_start(&reply);
	for (unsigned i = 0; i < REPLY_LINES_KEPT + 50; i++) {
		read_line(&reply, "250-x\r\n", 7);
		transcript_add_reply_line(transcript, THEN, &reply);
	}
	for (const char *at = transcript->str; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, REPLY_LINES_KEPT + 1);
	assert_true(
	    g_str_has_suffix(transcript->str, "= reply cut: only its first 100 lines are kept\n"));
	g_string_truncate(transcript, 0);
	for (unsigned i = 0; i < 2996; i++)
		g_string_append_c(line, 'x');
	g_string_append(line, "\r\n");
	reply_start(&reply);
	read_line(&reply, line->str, line->len);
	transcript_add_reply_line(transcript, THEN, &reply);
	assert_true(g_str_has_suffix(transcript->str,
	    "x\n14:05:11.042 = line cut: its first 2000 of 3001 bytes are kept\n"));
	g_string_free(line, TRUE);
	g_string_free(transcript, TRUE);
}

static void
test_verdicts(void **state)
{
	static const struct {
		unsigned code;
		const char *enhanced, *result;
	} rows[] = {
	    {250, "2.1.5", "result delivered 2.1.5\n"},
	    {250, "", "result delivered 2.0.0\n"},
	    {251, "", "result delivered 2.0.0\n"},
	    {354, "", "result deferred 4.5.0\n"},
	    {421, "", "result deferred 4.3.2\n"},
	    {450, "4.2.1", "result deferred 4.2.1\n"},
	    {451, "", "result deferred 4.3.0\n"},
	    {452, "", "result deferred 4.3.1\n"},
	    {499, "", "result deferred 4.0.0\n"},
	    {550, "5.1.1", "result failed 5.1.1\n"},
	    {550, "", "result failed 5.0.0\n"},
	    {552, "", "result failed 5.2.2\n"},
	    {554, "", "result failed 5.0.0\n"},
	    {556, "", "result failed 5.1.10\n"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *transcript = g_string_new(NULL);
		struct verdict verdict = verdict_from_reply(rows[i].code, rows[i].enhanced);

		transcript_end(transcript, &verdict);
		assert_string_equal(transcript->str, rows[i].result);
		g_string_free(transcript, TRUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_octets),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
