/* Messages made from a composition, as they leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gmime/gmime.h>

#include "base/clock.h"

#include "services/relay/message/compose.h"
#include "services/relay/message/merge.h"

#define HOSTNAME "relay.example.net"
#define SENT_AT (INT64_C(1773929111) * CLOCK_SECOND) /* 2026-03-19T14:05:11Z */
#define GRUESSE                                                                                    \
	"Gr\xc3\xbc\xc3\x9f"                                                                       \
	"e"

struct content {
	const char *from_name;
	const char *subject;
	const char *plain;
	const char *html;
};

struct composed {
	struct composition *composition;
	GString *head;
	GString *body;
	struct error error;
	bool done;
};

static struct composition *
composition_of(const struct content *content)
{
	struct composition *composition = composition_create();

	composition->campaign_id = 7;
	composition->from_email = g_strdup("sender@example.test");
	composition->from_name = g_strdup(content->from_name);
	composition->subject = g_strdup(content->subject);
	composition->message_plain = g_strdup(content->plain);
	composition->message_html = g_strdup(content->html);
	composition->options = g_strdup("OpenTrack=True,Unknown,=,ClickTrack=maybe");
	return composition;
}

static void
compose_again(struct composed *composed, const char *address, const char *fields)
{
	const struct compose_recipient recipient = {
	    .address = address,
	    .merge_fields = fields,
	    .delivery_id = INT64_C(1234567890123),
	    .date = SENT_AT,
	};

	g_string_truncate(composed->head, 0);
	g_string_truncate(composed->body, 0);
	composed->done = compose_message(composed->composition, &recipient, HOSTNAME,
	    composed->head, composed->body, &composed->error);
}

static struct composed
compose(const struct content *content, const char *address, const char *fields)
{
	struct composed composed = {
	    .composition = composition_of(content),
	    .head = g_string_new(NULL),
	    .body = g_string_new(NULL),
	};

	compose_again(&composed, address, fields);
	return composed;
}

static void
composed_clear(struct composed *composed)
{
	composition_unref(composed->composition);
	g_string_free(composed->head, TRUE);
	g_string_free(composed->body, TRUE);
}

static void
test_plain(void **state)
{
	const struct content content = {"Sender", "Hello", "One\nTwo\r\nThree", ""};
	struct composed composed = compose(&content, "a@example.test", NULL);

	(void)state;
	assert_true(composed.done);
	assert_string_equal(composed.head->str,
	    "Date: Thu, 19 Mar 2026 14:05:11 +0000\r\n"
	    "From: Sender <sender@example.test>\r\n"
	    "Subject: Hello\r\n"
	    "To: a@example.test\r\n"
	    "Message-Id: <1234567890123.7@relay.example.net>\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n");
	assert_string_equal(composed.body->str, "\r\nOne\r\nTwo\r\nThree\r\n");
	composed_clear(&composed);
}

static void
test_html_alone(void **state)
{
	const struct content content = {"", "Hello", "", "<p>" GRUESSE "</p>"};
	struct composed composed = compose(&content, "a@example.test", NULL);

	(void)state;
	assert_non_null(strstr(composed.head->str, "From: sender@example.test\r\n"));
	assert_non_null(strstr(composed.head->str, "Content-Type: text/html; charset=utf-8\r\n"));
	assert_non_null(
	    strstr(composed.head->str, "Content-Transfer-Encoding: quoted-printable\r\n"));
	assert_string_equal(composed.body->str, "\r\n<p>Gr=C3=BC=C3=9Fe</p>\r\n");
	composed_clear(&composed);
}

/* The body between the parts' marks, without the marks, which are random. */
static char *
without_boundary(const struct composed *composed)
{
	const char *start = strstr(composed->head->str, "boundary=\"") + strlen("boundary=\"");
	char *boundary = g_strndup(start, strcspn(start, "\""));
	char **parts = g_strsplit(composed->body->str, boundary, -1);
	char *joined = g_strjoinv("B", parts);

	g_strfreev(parts);
	g_free(boundary);
	return joined;
}

static void
test_both(void **state)
{
	const struct content content = {
	    "", "Hello", "Hi %%Name%%", "<p>Hi %%name%% &amp; %%EmailAddress%%</p>"};
	struct composed composed =
	    compose(&content, "a&b@example.test", "{\"name\": \"<J\\u00fcrgen>\"}");
	char *body = without_boundary(&composed);

	(void)state;
	assert_non_null(strstr(composed.head->str, "Content-Type: multipart/alternative;\r\n"));
	assert_string_equal(body,
	    "\r\n--B\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "Hi <J=C3=BCrgen>\r\n"
	    "\r\n--B\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "<p>Hi &lt;J=C3=BCrgen&gt; &amp; a&amp;b@example.test</p>\r\n"
	    "\r\n--B--\r\n");
	g_free(body);
	composed_clear(&composed);
}

static void
test_auto_generate(void **state)
{
	const struct content content = {
	    "", "Hello", " Auto-Generate ", "<p>Hi %%Name%%</p><ul><li>&euro; 1</ul>"};
	const struct content images = {"", "Hello", "auto-generate", "<img src=a>"};
	const struct content nothing = {"", "Hello", "auto-generate", ""};
	struct composed composed = compose(&content, "a@example.test", "{\"name\": \"A & B\"}");

	(void)state;
	assert_non_null(strstr(composed.body->str, "\r\n\r\nHi A & B\r\n\r\n- =E2=82=AC 1\r\n"));
	assert_non_null(strstr(composed.body->str, "<p>Hi A &amp; B</p>"));
	composed_clear(&composed);

	composed = compose(&images, "a@example.test", NULL);
	assert_non_null(strstr(composed.head->str, "Content-Type: text/html;"));
	composed_clear(&composed);

	composed = compose(&nothing, "a@example.test", NULL);
	assert_non_null(strstr(composed.head->str, "Content-Type: text/plain;"));
	composed_clear(&composed);
}

static void
test_fields(void **state)
{
	static const char fields[] =
	    "{\"name\": \"Ann\", \"first name\": \"A.\", \"empty\": \"\", \"number\": 5, "
	    "\"gr\xc3\xb6\xc3\x9f"
	    "e\": \"XL\", \"emailaddress\": \"fake@x\", \"nested\": \"%%name%%\"}";
	static const struct {
		const char *text;
		const char *filled;
	} rows[] = {
	    {"%%Name%%", "Ann"},
	    {"%%NAME%%%%name%%", "AnnAnn"},
	    {"a %%First Name%% b", "a A. b"},
	    {"%%Gr\xc3\x96\xc3\x9f"
	     "E%%",
		"XL"},
	    {"%%EmailAddress%% %%EMAILADDRESS%%", "a@example.test a@example.test"},
	    {"[%%empty%%] [%%unknown%%] [%%number%%]", "[] [] []"},
	    {"Dear %%Name**Friend%%, %%unknown**Valued Customer%%!", "Dear Ann, Valued Customer!"},
	    {"[%%empty**%%] [%%empty**a**b%%] [%%empty** x %%]", "[] [a**b] [ x ]"},
	    {"%%**x%%", "%%**x%%"},
	    {"%% empty**x%%", "%% empty**x%%"},
	    {"%%empty**x%", "%%empty**x%"},
	    {"%%empty**50% off%%", "50% off"},
	    {"%%nested%%", "%%name%%"},
	    {"100%% sure and 50%% off, %%name%%", "100%% sure and 50%% off, Ann"},
	    {"100%% %%name%%", "100%% Ann"},
	    {"%% name %%", "%% name %%"},
	    {"%%%%", "%%%%"},
	    {"%%%name%%", "%Ann"},
	    {"%%name%%%", "Ann%"},
	    {"%%na\nme%%", "%%na\r\nme%%"},
	    {"%%name", "%%name"},
	    {"%name%", "%name%"},
	    {"%%<b>%%", "%%<b>%%"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct content content = {"", "Hello", rows[i].text, ""};
		struct composed composed = compose(&content, "a@example.test", fields);
		char *wanted = g_strconcat("\r\n", rows[i].filled, "\r\n", NULL);

		assert_string_equal(composed.body->str, wanted);
		g_free(wanted);
		composed_clear(&composed);
	}
}

static void
test_header_injection(void **state)
{
	const struct content content = {
	    "Eve\r\nBcc: x@example.test", "Hi %%Name%%\r\nX-Evil: 1", "Text", ""};
	struct composed composed = compose(&content, "a@example.test\r\nX-Evil: 2",
	    "{\"name\": \"A\\r\\nX-Evil: 3\\r\\n\\r\\nbody\"}");

	(void)state;
	assert_null(strstr(composed.head->str, "\nBcc"));
	assert_null(strstr(composed.head->str, "\nX-Evil"));
	assert_null(strstr(composed.head->str, "\r\n\r\n"));
	assert_non_null(
	    strstr(composed.head->str, "Subject: Hi A  X-Evil: 3    body  X-Evil: 1\r\n"));
	composed_clear(&composed);
}

static void
test_header_encoding(void **state)
{
	const struct content content = {"J\xc3\xbcrgen, M.", GRUESSE " an %%Name%%", "Text", ""};
	struct composed composed =
	    compose(&content, "j\xc3\xbc@b\xc3\xbc.example.test", "{\"name\": \"\xe2\x82\xac\"}");

	(void)state;
	assert_non_null(
	    strstr(composed.head->str, "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_=E2=82=AC?=\r\n"));
	assert_non_null(strstr(composed.head->str, "To: j\xc3\xbc@b\xc3\xbc.example.test\r\n"));
	assert_non_null(strstr(
	    composed.head->str, "From: =?UTF-8?b?SsO8cmdlbiw=?= \"M.\" <sender@example.test>\r\n"));
	composed_clear(&composed);
}

/* Reads what was written with GMime and returns the decoded text of its one part. */
static char *
content_read(const struct composed *composed)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeParser *parser;
	GMimeMessage *message;
	char *text;

	g_mime_stream_write(stream, composed->head->str, (gssize)composed->head->len);
	g_mime_stream_write(stream, composed->body->str, (gssize)composed->body->len);
	g_mime_stream_reset(stream);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	text = g_mime_text_part_get_text(GMIME_TEXT_PART(g_mime_message_get_mime_part(message)));
	g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
	return text;
}

/* Whatever the text, its lines are short enough and it reads as it was. */
static void
test_transfer_encoding(void **state)
{
	static const struct {
		const char *unit;
		unsigned count;
		const char *encoding;
	} rows[] = {
	    {"a line\r\n", 1000, "7bit"},
	    {"x", 998, "7bit"},
	    {"x", 999, "quoted-printable"},
	    {"word \xc3\xa9t\xc3\xa9, mostly ASCII text = \r\n", 100, "quoted-printable"},
	    {"word, \xc3\xa9, and a long line without end, ", 500, "quoted-printable"},
	    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 2000, "base64"},
	    {"\xe6\x97\xa5\xe6\x9c\xac\r\n", 300, "base64"},
	    {".\r\nFrom \r\n \t \r\n", 10, "7bit"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *text = g_string_new(NULL);
		struct composed composed;
		char *field =
		    g_strconcat("\nContent-Transfer-Encoding: ", rows[i].encoding, "\r", NULL);
		char **lines;
		char *read;

		for (unsigned n = 0; n < rows[i].count; n++)
			g_string_append(text, rows[i].unit);
		composed =
		    compose(&(struct content){"", "Hello", text->str, ""}, "a@example.test", NULL);
		assert_non_null(strstr(composed.head->str, field));
		lines = g_strsplit(composed.body->str, "\r\n", -1);
		for (char **line = lines; *line != NULL; line++) {
			assert_in_range(strlen(*line), 0, 998);
			assert_null(strpbrk(*line, "\r\n"));
		}
		if (!g_str_has_suffix(text->str, "\r\n"))
			g_string_append(text, "\r\n");
		read = content_read(&composed);
		assert_string_equal(read, text->str);
		g_free(read);
		g_strfreev(lines);
		g_free(field);
		composed_clear(&composed);
		g_string_free(text, TRUE);
	}
}

static void
test_prepared(void **state)
{
	const struct content content = {"", "Hi %%Name%%", "Text", "<p>Text"};
	struct composed composed = compose(&content, "a@example.test", "{\"name\": \"A\"}");
	char *first = g_strdup(composed.body->str);

	(void)state;
	assert_non_null(strstr(composed.head->str, "Subject: Hi A\r\nTo: a@"));
	compose_again(&composed, "b@example.test", "{\"name\": \"B\"}");
	assert_non_null(strstr(composed.head->str, "Subject: Hi B\r\nTo: b@"));
	assert_string_equal(composed.body->str, first);
	g_free(first);
	composed_clear(&composed);
}

static void
test_bad_fields(void **state)
{
	static const char *const rows[] = {"", "{", "[]", "\"x\"", "null"};
	const struct content content = {"", "Hi", "Text", ""};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct composed composed = compose(&content, "a@example.test", rows[i]);

		assert_false(composed.done);
		assert_string_equal(composed.head->str, "");
		assert_true(g_str_has_prefix(
		    composed.error.text, "the recipient's merge fields are no JSON object"));
		assert_null(strchr(composed.error.text, '\n'));
		composed_clear(&composed);
	}
}

/* A short text may ask for a long value many times. */
static void
test_values_that_are_too_long(void **state)
{
	static const char raw[] = "Content-Type: text/plain\r\n\r\n%%Name%% %%Name%%";
	static const struct {
		struct content content;
		const char *raw; /* or NULL */
		size_t length;   /* of the value */
		bool done;
	} rows[] = {
	    {{"", "Hi", "%%Name%% %%Name%%", ""}, NULL, MERGE_VALUES_MAX / 2, true},
	    {{"", "Hi", "%%Name%% %%Name%%", ""}, NULL, MERGE_VALUES_MAX / 2 + 1, false},
	    {{"", "Hi", "%%Name%%", "<p>%%Name%%"}, NULL, MERGE_VALUES_MAX / 2 + 1, false},
	    {{"", "Hi", "", ""}, raw, MERGE_VALUES_MAX / 2, true},
	    {{"", "Hi", "", ""}, raw, MERGE_VALUES_MAX / 2 + 1, false},
	    {{"", "%%Name%%", "Text", ""}, NULL, MERGE_HEADER_MAX, true},
	    {{"", "%%Name%%%%Name%%", "Text", ""}, NULL, MERGE_HEADER_MAX / 2 + 1, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *value = g_strnfill(rows[i].length, 'v');
		g_autofree char *fields = g_strdup_printf("{\"name\": \"%s\"}", value);
		struct composed composed = {.composition = composition_of(&rows[i].content),
		    .head = g_string_new(NULL),
		    .body = g_string_new(NULL)};

		composed.composition->raw_message = g_strdup(rows[i].raw);
		compose_again(&composed, "a@example.test", fields);
		assert_int_equal(composed.done, rows[i].done);
		if (!rows[i].done) {
			assert_int_equal(composed.head->len + composed.body->len, 0);
			assert_true(g_str_has_prefix(composed.error.text, "the values of "));
		}
		/* The next recipient has his own. */
		compose_again(&composed, "a@example.test", "{\"name\": \"A\"}");
		assert_true(composed.done);
		composed_clear(&composed);
	}
}

/* GMime would follow them until the stack ends. */
static void
test_groups_within_groups(void **state)
{
	const struct content content = {"", "Hi", "", ""};
	GString *raw = g_string_new("Content-Type: message/rfc822\n\nTo: ");
	struct composed composed = {.composition = composition_of(&content),
	    .head = g_string_new(NULL),
	    .body = g_string_new(NULL)};

	(void)state;
	for (int i = 0; i < 120000; i++)
		g_string_append(raw, "a:");
	g_string_append(raw, "\n\nText\n");
	composed.composition->raw_message = g_string_free(raw, FALSE);
	compose_again(&composed, "a@example.test", NULL);
	assert_true(composed.done);
	assert_true(g_str_has_suffix(composed.body->str, "\r\n\r\nText\r\n"));
	composed_clear(&composed);
}

#define LINK "https://api.example.test/u/abc"
#define ADDRESS "u-abc@bounces.example.test"

static void
test_unsubscribe(void **state)
{
	static const struct {
		const char *url, *address;
		const char *fields; /* "" for none */
		const char *text;
	} rows[] = {
	    {LINK, ADDRESS,
		"List-Unsubscribe: <mailto:" ADDRESS "?subject=unsubscribe>,\r\n <" LINK ">\r\n"
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
		"\r\nA " LINK " " LINK " z\r\n"},
	    {NULL, ADDRESS, "List-Unsubscribe: <mailto:" ADDRESS "?subject=unsubscribe>\r\n",
		"\r\nA  none z\r\n"},
	    {LINK, NULL,
		"List-Unsubscribe: <" LINK ">\r\n"
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
		"\r\nA " LINK " " LINK " z\r\n"},
	    {NULL, NULL, "", "\r\nA  none z\r\n"},
	};
	const struct content content = {
	    "", "Hi", "A %%UnsubscribeURL%% %%unsubscribeurl**none%% z", ""};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct compose_recipient recipient = {.address = "a@example.test",
		    .merge_fields = "{\"unsubscribeurl\": \"a member's own\"}",
		    .date = SENT_AT,
		    .unsubscribe_url = rows[i].url,
		    .unsubscribe_address = rows[i].address};
		struct composition *composition = composition_of(&content);
		GString *head = g_string_new(NULL), *body = g_string_new(NULL);
		struct error error;

		assert_true(compose_message(composition, &recipient, HOSTNAME, head, body, &error));
		assert_non_null(strstr(head->str, rows[i].fields));
		assert_true(
		    (strstr(head->str, "List-Unsubscribe:") != NULL) == (*rows[i].fields != '\0'));
		assert_true((strstr(head->str, "-Post:") != NULL) == (rows[i].url != NULL));
		assert_string_equal(body->str, rows[i].text);
		g_string_free(head, TRUE);
		g_string_free(body, TRUE);
		composition_unref(composition);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_html_alone),
	    cmocka_unit_test(test_both),
	    cmocka_unit_test(test_auto_generate),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_header_injection),
	    cmocka_unit_test(test_header_encoding),
	    cmocka_unit_test(test_transfer_encoding),
	    cmocka_unit_test(test_prepared),
	    cmocka_unit_test(test_bad_fields),
	    cmocka_unit_test(test_values_that_are_too_long),
	    cmocka_unit_test(test_groups_within_groups),
	    cmocka_unit_test(test_unsubscribe),
	};

	return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
