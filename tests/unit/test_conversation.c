/* Transcripts as they are stored (db/conversation.h): every one comes back byte for byte, and what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "db/conversation.h"
#include "db/id.h"

#define RECIPIENT "to@recipient.example.test"
#define TOKEN "aaaaaaaaaaaacaafbqcgaaaaa"
#define DAY INT64_C(20531) /* 2026-03-19 */
#define BEGIN "attempt 1 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25\n"
#define PLAIN                                                                                      \
	BEGIN "14:05:11.050 < 220 mx1.example.test ESMTP Postfix\n"                                \
	      "14:05:11.050 > EHLO relay.example.net\n"                                            \
	      "14:05:11.055 < 250-mx1.example.test\n"                                              \
	      "14:05:11.055 < 250-PIPELINING\n"                                                    \
	      "14:05:11.055 < 250-SIZE 10240000\n"                                                 \
	      "14:05:11.055 < 250-VRFY\n"                                                          \
	      "14:05:11.055 < 250-ETRN\n"                                                          \
	      "14:05:11.055 < 250-STARTTLS\n"                                                      \
	      "14:05:11.055 < 250-ENHANCEDSTATUSCODES\n"                                           \
	      "14:05:11.055 < 250-8BITMIME\n"                                                      \
	      "14:05:11.055 < 250 DSN\n"                                                           \
	      "14:05:11.085 > MAIL FROM:<b-" TOKEN                                                 \
	      "kouzvk6xh4hltfgp7b66yq@relay.example.net> SIZE=4096\n"                              \
	      "14:05:11.085 > RCPT TO:<" RECIPIENT ">\n"                                           \
	      "14:05:11.085 > DATA\n"                                                              \
	      "14:05:11.100 < 250 2.1.0 Ok\n"                                                      \
	      "14:05:11.100 < 250 2.1.5 Ok\n"                                                      \
	      "14:05:11.101 < 354 End data with <CR><LF>.<CR><LF>\n"                               \
	      "14:05:11.102 > [4096 bytes]\n"                                                      \
	      "14:05:11.131 < 250 2.0.0 Ok: queued as 4F1A\n"                                      \
	      "result delivered 2.0.0\n"

static const struct conversation_key key = {
    .account_id = 1, .delivery_id = DAY << ID_DAY_SHIFT | 5, .recipient = RECIPIENT};

static void
check_round_trip(const struct conversation_key *of, const char *text, size_t length)
{
	struct conversation_encoder *encoder = conversation_encoder_create();
	struct conversation_decoder *decoder = conversation_decoder_create();
	GString *bytes = conversation_encode(encoder, of, text, length);
	GString *again = conversation_encode(encoder, of, text, length);
	GString *read = g_string_new("before");
	struct error error;

	assert_non_null(bytes);
	assert_true(g_string_equal(bytes, again));
	assert_true(conversation_decode(decoder, of, bytes->str, bytes->len, read, &error));
	assert_int_equal(read->len, strlen("before") + length);
	assert_memory_equal(read->str + strlen("before"), text, length);
	/* Two conversations of one attempt: bytea's ||. */
	g_string_append_len(bytes, again->str, (ssize_t)again->len);
	g_string_truncate(read, 0);
	assert_true(conversation_decode(decoder, of, bytes->str, bytes->len, read, &error));
	assert_int_equal(read->len, 2 * length);
	assert_memory_equal(read->str + length, text, length);
	g_string_free(bytes, TRUE);
	g_string_free(again, TRUE);
	g_string_free(read, TRUE);
	conversation_encoder_destroy(encoder);
	conversation_decoder_destroy(decoder);
}

static void
test_kinds(void **state)
{
	static const char *const rows[] = {
	    PLAIN,
	    "",
	    "\n",
	    "attempt",
	    "attempt ",
	    "attempt 1",
	    "attempt 1 ",
	    "attempt 1\nresult delivered 2.0.0\n",
	    BEGIN,
	    BEGIN "no line feed",
	    BEGIN "14:05:11.050 = no MX\nresult failed 5.1.2\n",
	    "attempt 1 2026-03-19T14:05:11.042Z\n14:05:11.050 < 550 no\nresult failed 5.0.0\n",
	    "attempt 12 2026-03-19T14:05:11.042Z example.test\n"
	    "14:05:11.042 = timed out after 30 s\nresult deferred 4.4.2\n",
	    "attempt 1 2026-02-30T14:05:11.042Z mx\nresult delivered 2.0.0\n",
	    "attempt 1 2026-03-19T24:05:11.042Z mx\nresult delivered 2.0.0\n",
	    "attempt 1 99999-03-19T14:05:11.0Z mx\nresult delivered 2.0.0\n",
	    "attempt 1 1969-03-19T14:05:11.042Z mx\nresult delivered 2.0.0\n",
	    "attempt 1 9999-12-31T23:59:59.999Z mx\nresult delivered 2.0.0\n",
	    /* The connection's own lines are of before the attempt, also of the day before. */
	    "attempt 1 2026-03-19T00:00:01.042Z mx [192.0.2.25]:25\n23:59:58.001 < 220 mx ESMTP\n"
	    "00:00:01.042 = connection reused, 3 messages before\nresult delivered 2.0.0\n",
	    BEGIN "14:05:11.050 < 550-\n14:05:11.050 < 550 \n14:05:11.049 < \\xFF\\x00 no\n",
	    BEGIN "14:05:11.050 < gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\xa7\ttab\n",
	    BEGIN "14:05:11.050 ~ none of the three marks\n",
	    BEGIN "14:05:61.050 < no such second\n",
	    BEGIN "1:05:11.050 < short\n14:05:11,050 < comma\n",
	    BEGIN "< a time is missing\n",
	    BEGIN "= 14:05:11.050 < and\n",
	    BEGIN "14:05:11.050 < \x01\x02\x03\x04\x05\x06\x1f\n",
	    BEGIN "14:05:11.050 <no space\n14:05:11.050 < \n14:05:11.050  \n14:05:11.050\n\n",
	    BEGIN "14:05:11.050 > EHLO <\n14:05:11.050 > MAIL FROM:<> SIZE=1 SIZE=22222\n",
	    BEGIN "14:05:11.050 > EHLO " RECIPIENT "\n" RECIPIENT TOKEN TOKEN "\n" RECIPIENT,
	    BEGIN BEGIN PLAIN PLAIN,
	    "attempt 1 2026-03-19T14:05:11.042Z14:05:11.050 < glued\n",
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		check_round_trip(&key, rows[i], strlen(rows[i]));
}

static void
test_keys(void **state)
{
	static const struct conversation_key rows[] = {
	    {1, DAY << ID_DAY_SHIFT, ""},
	    {1, (DAY - 5) << ID_DAY_SHIFT, "a"},
	    {INT64_MAX, (DAY + 90) << ID_DAY_SHIFT, "< to@example.test"},
	    {0, 0, "result"},
	    {-1, -1, "\x01\x02"},
	    {1, INT64_MAX, "220 "},
	    {1, INT64_MIN, "attempt 1"},
	    {1, 7, "mx1.example.test"},
	    {1, 7, "\n"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		check_round_trip(&rows[i], PLAIN, strlen(PLAIN));
}

/* 100 lines of 2,000 bytes, each at another time. */
static void
test_long(void **state)
{
	GString *text = g_string_new(BEGIN);

	(void)state;
	for (int line = 0; line < 100; line++) {
		g_string_append_printf(text, "14:%02d:11.050 < 550-", line % 60);
		for (int i = 0; i < 500; i++)
			g_string_append_printf(
			    text, "%x", (unsigned)(line * 7919 + i * 31) & 0xffff);
		g_string_append_c(text, '\n');
	}
	g_string_append(text, "result failed 5.0.0\n");
	check_round_trip(&key, text->str, text->len);
	g_string_free(text, TRUE);
}

static void
test_plain_is_small(void **state)
{
	struct conversation_encoder *encoder = conversation_encoder_create();
	GString *bytes = conversation_encode(encoder, &key, PLAIN, strlen(PLAIN));

	(void)state;
	assert_in_range(bytes->len, 1, strlen(PLAIN) / 7);
	g_string_free(bytes, TRUE);
	conversation_encoder_destroy(encoder);
}

static void
test_what_is_not_encoded(void **state)
{
	struct conversation_encoder *encoder = conversation_encoder_create();
	GString *most = g_string_new(NULL);

	(void)state;
	assert_null(conversation_encode(encoder, &key, "a\0b", 3));
	assert_null(conversation_encode(encoder, &key, "\xff", 1));
	g_string_set_size(most, CONVERSATION_TEXT_MAX + 1);
	memset(most->str, 'a', most->len);
	assert_null(conversation_encode(encoder, &key, most->str, most->len));
	g_string_truncate(most, CONVERSATION_TEXT_MAX);
	check_round_trip(&key, "", 0);
	g_string_free(most, TRUE);
	conversation_encoder_destroy(encoder);
}

/* The same that was stored when dictionary 1 was new: it is read for ever. Whoever changes it or a form breaks stored logs. */
static void
test_what_was_stored_stays_readable(void **state)
{
	static const char stored[] =
#include "tests/unit/conversation_1.inc"
	    ;
	struct conversation_decoder *decoder = conversation_decoder_create();
	GString *text = g_string_new(NULL);
	struct error error;

	(void)state;
	assert_true(conversation_decode(decoder, &key, stored, sizeof(stored) - 1, text, &error));
	assert_string_equal(text->str, PLAIN);
	g_string_free(text, TRUE);
	conversation_decoder_destroy(decoder);
}

static bool
decodes(const char *bytes, size_t length)
{
	struct conversation_decoder *decoder = conversation_decoder_create();
	GString *text = g_string_new("kept");
	struct error error;
	bool decoded = conversation_decode(decoder, &key, bytes, length, text, &error);

	if (!decoded)
		assert_string_equal(text->str, "kept");
	g_string_free(text, TRUE);
	conversation_decoder_destroy(decoder);
	return decoded;
}

/* Every end of it, and every byte of it changed: read as something else at most. */
static void
test_broken(void **state)
{
	struct conversation_encoder *encoder = conversation_encoder_create();
	GString *bytes = conversation_encode(encoder, &key, PLAIN, strlen(PLAIN));

	(void)state;
	for (size_t length = 1; length < bytes->len; length++)
		assert_false(decodes(bytes->str, length));
	for (size_t i = 0; i < bytes->len; i++) {
		bytes->str[i] ^= 0x55;
		(void)decodes(bytes->str, bytes->len);
		bytes->str[i] ^= 0x55;
	}
	bytes->str[0] = 3;
	assert_false(decodes(bytes->str, bytes->len));
	assert_false(decodes("\x01", 1));
	assert_false(decodes("\x02\x28\xb5\x2f\xfd", 5));
	/* A header that names 4 GiB; one that names none. */
	assert_false(decodes("\x01\xa0\xff\xff\xff\xff\x01\x00\x00", 9));
	assert_false(decodes("\x01\x00\x58\x01\x00\x00", 6));
	g_string_free(bytes, TRUE);
	conversation_encoder_destroy(encoder);
}

/* Frames whose texts together are more than a row may hold. */
static void
test_too_much(void **state)
{
	struct conversation_encoder *encoder = conversation_encoder_create();
	GString *text = g_string_new(NULL), *bytes;

	(void)state;
	g_string_set_size(text, CONVERSATION_TEXT_MAX / 2 + 1);
	memset(text->str, 'a', text->len);
	bytes = conversation_encode(encoder, &key, text->str, text->len);
	assert_true(decodes(bytes->str, bytes->len));
	g_string_append_len(bytes, bytes->str, (ssize_t)bytes->len);
	assert_false(decodes(bytes->str, bytes->len));
	g_string_free(text, TRUE);
	g_string_free(bytes, TRUE);
	conversation_encoder_destroy(encoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_plain_is_small),
	    cmocka_unit_test(test_what_is_not_encoded),
	    cmocka_unit_test(test_what_was_stored_stays_readable),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
