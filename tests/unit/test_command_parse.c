/* The grammar of SMTP commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/relay/receive/command_parse.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct span
span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void
assert_span(struct span span, const char *expected)
{
	char text[1024];

	snprintf(text, sizeof(text), "%.*s", (int)span.length, span.start);
	assert_string_equal(text, expected);
}

struct verb_row {
	const char *line;
	enum command_verb verb;
	const char *argument;
};

static const struct verb_row verb_rows[] = {
    {"EHLO client.example", COMMAND_EHLO, "client.example"},
    {"ehlo client.example", COMMAND_EHLO, "client.example"},
    {"HeLo x", COMMAND_HELO, "x"},
    {"MAIL FROM:<a@b>", COMMAND_MAIL, "FROM:<a@b>"},
    {"RCPT TO:<a@b>", COMMAND_RCPT, "TO:<a@b>"},
    {"DATA", COMMAND_DATA, ""},
    {"DATA ", COMMAND_DATA, ""},
    {"DATA\t \t", COMMAND_DATA, ""},
    {"RSET", COMMAND_RSET, ""},
    {"NOOP  x  y ", COMMAND_NOOP, "x  y"},
    {"QUIT", COMMAND_QUIT, ""},
    {"VRFY x", COMMAND_VRFY, "x"},
    {"EXPN x", COMMAND_EXPN, "x"},
    {"HELP", COMMAND_HELP, ""},
    {"STARTTLS", COMMAND_STARTTLS, ""},
    {"AUTH PLAIN =", COMMAND_AUTH, "PLAIN ="},
    {"", COMMAND_UNKNOWN, ""},
    {" ", COMMAND_UNKNOWN, ""},
    {" EHLO x", COMMAND_UNKNOWN, "EHLO x"},
    {"EHL x", COMMAND_UNKNOWN, "x"},
    {"EHLOX x", COMMAND_UNKNOWN, "x"},
    {"DATA\x01", COMMAND_UNKNOWN, ""},
    {"BDAT 10", COMMAND_BDAT, "10"},
    {"MAILFROM:<a@b>", COMMAND_UNKNOWN, ""},
    {"GET / HTTP/1.1", COMMAND_FOREIGN, "/ HTTP/1.1"},
    {"MADEUP /?q=x HTTP/1.0", COMMAND_FOREIGN, "/?q=x HTTP/1.0"},
    {"GET /", COMMAND_UNKNOWN, "/"},
    {"NOOP HTTP/1.1", COMMAND_NOOP, "HTTP/1.1"},
    {"Host: relay.example:2525", COMMAND_FOREIGN, "relay.example:2525"},
    {"Accept:", COMMAND_FOREIGN, ""},
    {":", COMMAND_UNKNOWN, ""},
    {"\x16\x03\x01\x02", COMMAND_FOREIGN, ""},
    {"\x16", COMMAND_UNKNOWN, ""},
};

static void
test_verbs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(verb_rows); i++) {
		struct command command;

		command_parse(verb_rows[i].line, strlen(verb_rows[i].line), &command);
		assert_int_equal(command.verb, verb_rows[i].verb);
		assert_span(command.argument, verb_rows[i].argument);
	}
}

struct path_row {
	const char *text;
	enum path_fault fault;
	const char *address;
	const char *rest;
};

static const struct path_row path_rows[] = {
    {"<a@b>", PATH_FINE, "a@b", ""},
    {"<a@b> SIZE=1", PATH_FINE, "a@b", " SIZE=1"},
    {"<>", PATH_FINE, "", ""},
    {"<> SIZE=1", PATH_FINE, "", " SIZE=1"},
    {"<John.Doe+tag@Mail.Example.COM>", PATH_FINE, "John.Doe+tag@Mail.Example.COM", ""},
    {"<!#$%&'*+-/=?^_`{|}~@b.c>", PATH_FINE, "!#$%&'*+-/=?^_`{|}~@b.c", ""},
    {"<a@b-c.d-e>", PATH_FINE, "a@b-c.d-e", ""},
    {"<a@my_host.example>", PATH_FINE, "a@my_host.example", ""},
    {"<a@123.456>", PATH_FINE, "a@123.456", ""},
    /* dots that stand in real mailboxes */
    {"<a..b@c>", PATH_FINE, "a..b@c", ""},
    {"<a.@c>", PATH_FINE, "a.@c", ""},
    {"<.a@c>", PATH_FINE, ".a@c", ""},
    /* quoted local parts */
    {"<\"a b\"@c>", PATH_FINE, "\"a b\"@c", ""},
    {"<\"a@b\"@c>", PATH_FINE, "\"a@b\"@c", ""},
    {"<\"\"@c>", PATH_FINE, "\"\"@c", ""},
    {"<\"a\\\"b\"@c>", PATH_FINE, "\"a\\\"b\"@c", ""},
    {"<\"a\\\\\"@c>", PATH_FINE, "\"a\\\\\"@c", ""},
    {"<\">\"@c>", PATH_FINE, "\">\"@c", ""},
    {"<\"a@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<\"a\\", PATH_LOCAL_PART, NULL, NULL},
    {"<\"a\x01\"@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<\"a\x7f\"@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<\"a\\\x1f\"@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<\"a\"b@c>", PATH_LOCAL_PART, NULL, NULL},
    /* address literals */
    {"<a@[192.0.2.1]>", PATH_FINE, "a@[192.0.2.1]", ""},
    {"<a@[IPv6:2001:db8::1]>", PATH_FINE, "a@[IPv6:2001:db8::1]", ""},
    {"<a@[ipv6:::1]>", PATH_FINE, "a@[ipv6:::1]", ""},
    {"<a@[192.0.2]>", PATH_LITERAL, NULL, NULL},
    {"<a@[192.0.2.256]>", PATH_LITERAL, NULL, NULL},
    {"<a@[2001:db8::1]>", PATH_LITERAL, NULL, NULL},
    {"<a@[IPv6:192.0.2.1]>", PATH_LITERAL, NULL, NULL},
    {"<a@[IPv6:\t2001:db8::1]>", PATH_LITERAL, NULL, NULL},
    {"<a@[x400:foo]>", PATH_LITERAL, NULL, NULL},
    {"<a@[]>", PATH_LITERAL, NULL, NULL},
    {"<a@[192.0.2.1>", PATH_LITERAL, NULL, NULL},
    {"<a@[192.0.2.1]x>", PATH_UNCLOSED, NULL, NULL},
    {"<a@[1111111111111111111111111111111111111111111111111111]>", PATH_LITERAL, NULL, NULL},
    /* source routes are ignored */
    {"<@x:a@b>", PATH_FINE, "a@b", ""},
    {"<@x.example,@y.example:a@b> X", PATH_FINE, "a@b", " X"},
    {"<@x,y:a@b>", PATH_ROUTE, NULL, NULL},
    {"<@x a@b>", PATH_ROUTE, NULL, NULL},
    {"<@:a@b>", PATH_ROUTE, NULL, NULL},
    {"<@x:>", PATH_LOCAL_PART, NULL, NULL},
    /* UTF-8 */
    {"<j\xc3\xb6rg@m\xc3\xbcller.example>", PATH_FINE, "j\xc3\xb6rg@m\xc3\xbcller.example", ""},
    {"<\"j\xc3\xb6 rg\"@b>", PATH_FINE, "\"j\xc3\xb6 rg\"@b", ""},
    {"<\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b>", PATH_FINE, "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b",
	""},
    {"<j\xf6rg@b>", PATH_NOT_UTF8, NULL, NULL},
    /* no such name in DNS: IDNA 2008 knows neither */
    {"<a@-\xc3\xbc.example>", PATH_DOMAIN, NULL, NULL},
    {"<a@\xe2\x98\x95.example>", PATH_DOMAIN, NULL, NULL},
    {"<a@\xc3>", PATH_NOT_UTF8, NULL, NULL},
    {"<a\xc0\x80@b>", PATH_NOT_UTF8, NULL, NULL},
    {"<a\xed\xa0\x80@b>", PATH_NOT_UTF8, NULL, NULL},
    /* malformed */
    {"a@b", PATH_NO_BRACKETS, NULL, NULL},
    {"", PATH_NO_BRACKETS, NULL, NULL},
    {"<", PATH_LOCAL_PART, NULL, NULL},
    {"<a@b", PATH_UNCLOSED, NULL, NULL},
    {"<a@b>x", PATH_UNCLOSED, NULL, NULL},
    {"<a@b>>", PATH_UNCLOSED, NULL, NULL},
    {"<a@b >", PATH_UNCLOSED, NULL, NULL},
    {"< a@b>", PATH_LOCAL_PART, NULL, NULL},
    {"< >", PATH_LOCAL_PART, NULL, NULL},
    {"<a b@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<a>", PATH_NO_DOMAIN, NULL, NULL},
    {"<postmaster>", PATH_NO_DOMAIN, NULL, NULL},
    {"<a@>", PATH_DOMAIN, NULL, NULL},
    {"<a@b.>", PATH_DOMAIN, NULL, NULL},
    {"<a@.b>", PATH_DOMAIN, NULL, NULL},
    {"<a@b..c>", PATH_DOMAIN, NULL, NULL},
    {"<@b>", PATH_ROUTE, NULL, NULL},
    {"<a@b@c>", PATH_UNCLOSED, NULL, NULL},
    {"<a,b@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<a(b)@c>", PATH_LOCAL_PART, NULL, NULL},
    {"<a@b(c)>", PATH_UNCLOSED, NULL, NULL},
    {"<a\t@b>", PATH_LOCAL_PART, NULL, NULL},
    {"<<a@b>>", PATH_LOCAL_PART, NULL, NULL},
    /* lengths */
    {"<a@" X63 ">", PATH_FINE, "a@" X63, ""},
    {"<a@x" X63 ">", PATH_DOMAIN, NULL, NULL},
    {"<a@" X63 "." X63 "." X63 "." X63 ">", PATH_FINE, "a@" X63 "." X63 "." X63 "." X63, ""},
    {"<a@" X63 "." X63 "." X63 "." X63 ".x>", PATH_DOMAIN, NULL, NULL},
    {"<" X63 "x@" X63 "." X63 "." X63 "." X63 ">", PATH_FINE, X63 "x@" X63 "." X63 "." X63 "." X63,
	""},
    {"<" X63 "xx@" X63 "." X63 "." X63 "." X63 ">", PATH_TOO_LONG, NULL, NULL},
};

static void
test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(path_rows); i++) {
		struct span rest = span_of(path_rows[i].text);
		struct path path;
		enum path_fault fault = command_take_path(&rest, &path);

		if (fault != path_rows[i].fault)
			print_error("%s\n", path_rows[i].text);
		assert_int_equal(fault, path_rows[i].fault);
		assert_true(strlen(path_fault_text(fault)) > 0);
		if (fault == PATH_FINE) {
			assert_span(path.address, path_rows[i].address);
			assert_span(rest, path_rows[i].rest);
		}
	}
}

/* A NUL is a byte like other controls, never the end of a string. */
static void
test_nul(void **state)
{
	static const char *const texts[] = {"<a_b@c>", "<a@b_c>", "<\"_\"@c>", "<a@[127.0.0.1_]>"};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		char text[32];
		struct span rest = {text, strlen(texts[i])};
		struct path path;

		snprintf(text, sizeof(text), "%s", texts[i]);
		*strchr(text, '_') = '\0';
		assert_int_not_equal(command_take_path(&rest, &path), PATH_FINE);
	}
}

struct prefix_row {
	const char *text;
	bool taken;
	const char *rest;
};

static const struct prefix_row prefix_rows[] = {
    {"FROM:<a@b>", true, "<a@b>"},
    {"from:<a@b>", true, "<a@b>"},
    {"FROM: <a@b>", true, "<a@b>"},
    {"FROM:", true, ""},
    {"FROM :<a@b>", false, "FROM :<a@b>"},
    {"FROM", false, "FROM"},
    {"TO:<a@b>", false, "TO:<a@b>"},
    {"", false, ""},
};

static void
test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(prefix_rows); i++) {
		struct span rest = span_of(prefix_rows[i].text);

		assert_int_equal(command_take_prefix(&rest, "FROM:"), prefix_rows[i].taken);
		assert_span(rest, prefix_rows[i].rest);
	}
}

struct parameter_row {
	const char *text;
	const char *read; /* "KEYWORD=value|KEYWORD|..." and "!" for a malformed one */
};

static const struct parameter_row parameter_rows[] = {
    {"", ""},
    {"   ", ""},
    {" SIZE=100", "SIZE=100|"},
    {"SIZE=100 BODY=8BITMIME", "SIZE=100|BODY=8BITMIME|"},
    {"  SMTPUTF8  ", "SMTPUTF8|"},
    {" AUTH=<>", "AUTH=<>|"},
    {" AUTH=e+3Dmc2@example.com", "AUTH=e+3Dmc2@example.com|"},
    {" X-1=2 y", "X-1=2|y|"},
    {" ORCPT=utf-8;\xc3\xb6@x", "ORCPT=utf-8;\xc3\xb6@x|"},
    {" =1", "!"},
    {" -X=1", "!"},
    {" SIZE=", "!"},
    {" SIZE=1=2", "!"},
    {" SIZE =1", "SIZE|!"},
    {" SI_ZE=1", "!"},
    {" SIZE=\x01", "!"},
    {" SIZE=1\x7f", "!"},
};

static void
test_parameters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(parameter_rows); i++) {
		struct span rest = span_of(parameter_rows[i].text);
		enum parameter_outcome outcome;
		struct parameter parameter;
		char read[256] = "";

		while ((outcome = command_take_parameter(&rest, &parameter)) == PARAMETER_TAKEN)
			snprintf(read + strlen(read), sizeof(read) - strlen(read), "%.*s%s%.*s|",
			    (int)parameter.keyword.length, parameter.keyword.start,
			    parameter.value.start != NULL ? "=" : "", (int)parameter.value.length,
			    parameter.value.start != NULL ? parameter.value.start : "");
		if (outcome == PARAMETER_MALFORMED)
			strcat(read, "!");
		assert_string_equal(read, parameter_rows[i].read);
	}
}

struct number_row {
	const char *text;
	bool valid;
	uint64_t number;
};

static const struct number_row number_rows[] = {
    {"0", true, 0},
    {"52428800", true, 52428800},
    {"00000000000000000001", true, 1},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"99999999999999999999", false, 0},
    {"000000000000000000001", false, 0},
    {"", false, 0},
    {"-1", false, 0},
    {"1k", false, 0},
    {" 1", false, 0},
};

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(number_rows); i++) {
		uint64_t number = 0;

		assert_int_equal(
		    span_number(span_of(number_rows[i].text), &number), number_rows[i].valid);
		if (number_rows[i].valid)
			assert_true(number == number_rows[i].number);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verbs),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
