/* Bounces of the address itself (deliver/bounce.h), and the attempt that is not made
 * (deliver/suppressed.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "services/relay/deliver/bounce.h"
#include "services/relay/deliver/suppressed.h"
#include "services/relay/deliver/verdict.h"

/* 2026-03-19T14:05:11.042Z */
#define THEN INT64_C(1773929111042000)

static void
test_definitive(void **state)
{
	static const struct {
		enum bounce_stage stage;
		unsigned code;
		const char *enhanced;
		bool wanted;
	} rows[] = {
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.1", true},
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.2", true},
	    {BOUNCE_AT_RECIPIENT, 553, "5.1.3", true},
	    {BOUNCE_AT_RECIPIENT, 551, "5.1.6", true},
	    {BOUNCE_AT_RECIPIENT, 556, "5.1.10", true},
	    {BOUNCE_AT_RECIPIENT, 550, "5.2.1", true},
	    {BOUNCE_AT_RECIPIENT, 554, "5.1.1", true},
	    /* of the sender, the message, the server, the rules; a full mailbox; nothing in particular */
	    {BOUNCE_AT_RECIPIENT, 550, "5.0.0", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.0", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.7", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.8", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.2.2", false},
	    {BOUNCE_AT_RECIPIENT, 552, "5.3.4", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.4.1", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.5.0", false},
	    {BOUNCE_AT_RECIPIENT, 554, "5.6.0", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.7.1", false},
	    {BOUNCE_AT_RECIPIENT, 550, "5.1.11", false},
	    /* no enhanced code */
	    {BOUNCE_AT_RECIPIENT, 550, "", true},
	    {BOUNCE_AT_RECIPIENT, 551, "", true},
	    {BOUNCE_AT_RECIPIENT, 556, "", true},
	    {BOUNCE_AT_RECIPIENT, 500, "", false},
	    {BOUNCE_AT_RECIPIENT, 521, "", false},
	    {BOUNCE_AT_RECIPIENT, 552, "", false},
	    {BOUNCE_AT_RECIPIENT, 553, "", false},
	    {BOUNCE_AT_RECIPIENT, 554, "", false},
	    /* after RCPT was taken only the code can say that it is the address */
	    {BOUNCE_AT_CONTENT, 550, "5.1.1", true},
	    {BOUNCE_AT_CONTENT, 550, "", false},
	    {BOUNCE_AT_CONTENT, 554, "5.7.1", false},
	    {BOUNCE_AT_SENDER, 550, "5.1.1", false},
	    {BOUNCE_AT_SENDER, 550, "", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (bounce_is_definitive(rows[i].stage, rows[i].code, rows[i].enhanced) !=
		    rows[i].wanted)
			fail_msg("row %zu: %u %s", i, rows[i].code, rows[i].enhanced);
}

static void
test_verdicts_bounce(void **state)
{
	static const struct {
		unsigned code;
		enum attempt_bounce wanted;
	} rows[] = {{250, ATTEMPT_BOUNCE_NONE}, {354, ATTEMPT_BOUNCE_NONE},
	    {452, ATTEMPT_BOUNCE_NONE}, {550, ATTEMPT_BOUNCE_PASSING},
	    {554, ATTEMPT_BOUNCE_PASSING}};
	struct verdict ours = verdict_make(VERDICT_FAILED, "5.6.0");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct verdict verdict = verdict_from_reply(rows[i].code, "");

		assert_int_equal(verdict.bounce, rows[i].wanted);
		assert_int_equal(verdict.reply_code, rows[i].code);
	}
	assert_int_equal(ours.bounce, ATTEMPT_BOUNCE_NONE);
	assert_int_equal(ours.reply_code, 0);
}

/* A line of a transcript without its time. */
static const char *
line_text(const char *line)
{
	return line + strlen("14:05:11.042");
}

static void
test_suppressed(void **state)
{
	static struct {
		struct suppression suppression;
		const char *recipient, *where, *note;
	} rows[] = {
	    {{SUPPRESSION_BOUNCE, 550, "5.1.1", THEN}, "ann@example.test", "example.test",
		" = not sent: on the account's bounce list since 2026-03-19 (550 5.1.1)"},
	    {{SUPPRESSION_BOUNCE, 0, "", THEN}, "ann@example.test", "example.test",
		" = not sent: on the account's bounce list since 2026-03-19"},
	    {{SUPPRESSION_UNSUBSCRIBE, 0, "", THEN}, "\"a@b\"@c.test", "c.test",
		" = not sent: on the account's unsubscribe list since 2026-03-19"},
	    {{SUPPRESSION_UNSUBSCRIBE, 0, "", 0}, "postmaster", "postmaster",
		" = not sent: on the account's unsubscribe list since 1970-01-01"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct delivery delivery = {.recipient = g_strdup(rows[i].recipient),
		    .suppression = &rows[i].suppression,
		    .attempts = 2};
		struct attempt *attempt = suppressed_attempt(&delivery);
		g_auto(GStrv) lines = g_strsplit(attempt->transcript->str, "\n", -1);

		assert_int_equal(g_strv_length(lines), 4);
		assert_true(g_str_has_prefix(lines[0], "attempt 3 2"));
		assert_true(g_str_has_suffix(lines[0], rows[i].where));
		assert_string_equal(line_text(lines[1]), rows[i].note);
		assert_string_equal(lines[2], "result failed 5.7.1");
		assert_string_equal(attempt->result, "failed 5.7.1");
		assert_int_equal(attempt->status, ATTEMPT_FAILED);
		assert_int_equal(attempt->bounce, ATTEMPT_BOUNCE_NONE);
		attempt_free(attempt);
		g_free(delivery.recipient);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_definitive),
	    cmocka_unit_test(test_verdicts_bounce),
	    cmocka_unit_test(test_suppressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
