#include "services/relay/receive/command_parse.h"

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include <glib.h>
#include <idn2.h>

#include "base/text.h"

static const char *const command_names[] = {
    [COMMAND_EHLO] = "EHLO",
    [COMMAND_HELO] = "HELO",
    [COMMAND_MAIL] = "MAIL",
    [COMMAND_RCPT] = "RCPT",
    [COMMAND_DATA] = "DATA",
    [COMMAND_RSET] = "RSET",
    [COMMAND_NOOP] = "NOOP",
    [COMMAND_QUIT] = "QUIT",
    [COMMAND_VRFY] = "VRFY",
    [COMMAND_EXPN] = "EXPN",
    [COMMAND_HELP] = "HELP",
    [COMMAND_BDAT] = "BDAT",
    [COMMAND_STARTTLS] = "STARTTLS",
    [COMMAND_AUTH] = "AUTH",
};

static_assert(G_N_ELEMENTS(command_names) == COMMAND_UNKNOWN, "each verb has a name");

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static bool
is_high(char byte)
{
	return ((unsigned char)byte & 0x80) != 0;
}

static void
span_skip(struct span *span, size_t bytes)
{
	assert(bytes <= span->length);
	span->start += bytes;
	span->length -= bytes;
}

static void
span_skip_blanks(struct span *span)
{
	while (span->length > 0 && is_blank(*span->start))
		span_skip(span, 1);
}

static bool
span_starts(const struct span *span, char byte)
{
	return span->length > 0 && *span->start == byte;
}

static bool
span_take(struct span *span, char byte)
{
	if (!span_starts(span, byte))
		return false;
	span_skip(span, 1);
	return true;
}

bool
span_is(struct span span, const char *word)
{
	return span.length == strlen(word) && strncasecmp(span.start, word, span.length) == 0;
}

bool
span_number(struct span span, uint64_t *number)
{
	uint64_t value = 0;

	if (span.length == 0 || span.length > 20)
		return false;
	for (size_t i = 0; i < span.length; i++) {
		unsigned digit = (unsigned)(span.start[i] - '0');

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

/* A request line (RFC 9112 3). */
static bool
is_http_request(struct span argument)
{
	static const char version[] = "HTTP/1.1";

	return argument.length >= strlen(version) &&
	    memcmp(argument.start + argument.length - strlen(version), version, strlen("HTTP/")) ==
	    0;
}

/* A header field (RFC 9112 5). */
static bool
is_http_field(struct span verb)
{
	return verb.length > 1 && verb.start[verb.length - 1] == ':';
}

/* A record with a ClientHello (RFC 8446 5.1). */
static bool
is_tls(struct span verb)
{
	return verb.length >= 2 && memcmp(verb.start, "\x16\x03", 2) == 0;
}

void
command_parse(const char *line, size_t length, struct command *command)
{
	struct span rest = {line, length};
	struct span verb = {line, 0};

	while (verb.length < length && !is_blank(line[verb.length]))
		verb.length++;
	span_skip(&rest, verb.length);
	span_skip_blanks(&rest);
	while (rest.length > 0 && is_blank(rest.start[rest.length - 1]))
		rest.length--;
	command->argument = rest;
	for (command->verb = COMMAND_EHLO; command->verb < COMMAND_UNKNOWN; command->verb++)
		if (span_is(verb, command_names[command->verb]))
			return;
	if (is_http_request(command->argument) || is_http_field(verb) || is_tls(verb))
		command->verb = COMMAND_FOREIGN;
}

bool
command_take_prefix(struct span *rest, const char *prefix)
{
	size_t length = strlen(prefix);

	if (rest->length < length || strncasecmp(rest->start, prefix, length) != 0)
		return false;
	span_skip(rest, length);
	span_skip_blanks(rest);
	return true;
}

/* RFC 5322 3.2.3 atext, RFC 6531 3.3 UTF8-non-ascii. */
static bool
is_atext(char byte)
{
	return g_ascii_isalnum(byte) || is_high(byte) ||
	    (byte != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", byte) != NULL);
}

/* RFC 5321 Quoted-string: printable characters, `"` and `\` behind a backslash. */
static bool
take_quoted(struct span *rest)
{
	span_skip(rest, 1);
	while (rest->length > 0 && *rest->start != '"') {
		if (span_take(rest, '\\') && rest->length == 0)
			return false;
		if ((unsigned char)*rest->start < 0x20 || *rest->start == 0x7f)
			return false;
		span_skip(rest, 1);
	}
	return span_take(rest, '"');
}

/* Dots stand anywhere, unlike in Dot-string: mailboxes such as a..b@ and a.@ are in use. */
static bool
take_local_part(struct span *rest)
{
	const char *start = rest->start;

	if (span_starts(rest, '"'))
		return take_quoted(rest);
	while (rest->length > 0 && (is_atext(*rest->start) || *rest->start == '.'))
		span_skip(rest, 1);
	return rest->start > start;
}

/* RFC 5321 4.1.3: [192.0.2.1] and [IPv6:2001:db8::1]. */
static bool
take_literal(struct span *rest)
{
	static const char ipv6[] = "IPv6:";
	const char *close = memchr(rest->start, ']', rest->length);
	char text[INET6_ADDRSTRLEN];
	unsigned char binary[16];
	struct span inside;
	int family = AF_INET;

	if (close == NULL)
		return false;
	inside = (struct span){rest->start + 1, (size_t)(close - rest->start) - 1};
	/* Not command_take_prefix(), which passes over white space behind it. */
	if (inside.length > strlen(ipv6) &&
	    g_ascii_strncasecmp(inside.start, ipv6, strlen(ipv6)) == 0) {
		span_skip(&inside, strlen(ipv6));
		family = AF_INET6;
	}
	if (inside.length >= sizeof(text) || memchr(inside.start, '\0', inside.length) != NULL)
		return false;
	memcpy(text, inside.start, inside.length);
	text[inside.length] = '\0';
	span_skip(rest, (size_t)(close + 1 - rest->start));
	return inet_pton(family, text, binary) == 1;
}

/* Labels of letters, digits, hyphens, UTF-8, and the underscore, which host names must not but do hold. */
static bool
take_domain(struct span *rest)
{
	const char *start = rest->start;

	do {
		const char *label = rest->start;

		while (rest->length > 0 &&
		    (g_ascii_isalnum(*rest->start) || is_high(*rest->start) ||
			*rest->start == '-' || *rest->start == '_'))
			span_skip(rest, 1);
		if (rest->start == label || rest->start - label > LABEL_MAX)
			return false;
	} while (span_take(rest, '.'));
	return rest->start - start <= DOMAIN_MAX;
}

/* RFC 5321 4.1.1.3: "@a,@b:" before a mailbox is taken and ignored. */
static bool
take_route(struct span *rest)
{
	do {
		if (!span_take(rest, '@') || !take_domain(rest))
			return false;
	} while (span_take(rest, ','));
	return span_take(rest, ':');
}

static enum path_fault
take_mailbox(struct span *rest)
{
	if (!take_local_part(rest))
		return PATH_LOCAL_PART;
	if (!span_take(rest, '@'))
		return span_starts(rest, '>') ? PATH_NO_DOMAIN : PATH_LOCAL_PART;
	if (span_starts(rest, '['))
		return take_literal(rest) ? PATH_FINE : PATH_LITERAL;
	return take_domain(rest) ? PATH_FINE : PATH_DOMAIN;
}

/* RFC 5891 5: what has none could not be looked up, now or when it is to leave. */
static bool
domain_has_ascii_form(struct span address)
{
	const char *at = memrchr(address.start, '@', address.length);
	char *domain = g_strndup(at + 1, address.length - (size_t)(at + 1 - address.start));
	uint8_t *ascii = NULL;
	int status;

	status =
	    idn2_lookup_u8((const uint8_t *)domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	idn2_free(ascii);
	g_free(domain);
	return status == IDN2_OK;
}

enum path_fault
command_take_path(struct span *rest, struct path *path)
{
	enum path_fault fault;

	if (!span_take(rest, '<'))
		return PATH_NO_BRACKETS;
	*path = (struct path){.address = {rest->start, 0}, .is_ascii = true};
	if (!span_starts(rest, '>')) {
		if (span_starts(rest, '@') && !take_route(rest))
			return PATH_ROUTE;
		path->address.start = rest->start;
		fault = take_mailbox(rest);
		if (fault != PATH_FINE)
			return fault;
		path->address.length = (size_t)(rest->start - path->address.start);
	}
	if (!span_take(rest, '>') || (rest->length > 0 && !is_blank(*rest->start)))
		return PATH_UNCLOSED;
	if (path->address.length > ADDRESS_MAX)
		return PATH_TOO_LONG;
	path->is_ascii = text_is_ascii(path->address.start, path->address.length);
	if (path->is_ascii)
		return PATH_FINE;
	if (!g_utf8_validate(path->address.start, (gssize)path->address.length, NULL))
		return PATH_NOT_UTF8;
	return domain_has_ascii_form(path->address) ? PATH_FINE : PATH_DOMAIN;
}

const char *
path_fault_text(enum path_fault fault)
{
	static const char *const texts[] = {
	    [PATH_FINE] = "the address is fine",
	    [PATH_NO_BRACKETS] = "put the address in angle brackets",
	    [PATH_UNCLOSED] = "the address does not end with >",
	    [PATH_ROUTE] = "the source route is malformed",
	    [PATH_LOCAL_PART] = "the part before @ is malformed",
	    [PATH_NO_DOMAIN] = "the address has no domain",
	    [PATH_DOMAIN] = "the domain is malformed",
	    [PATH_LITERAL] = "the address literal is malformed",
	    [PATH_NOT_UTF8] = "the address is not UTF-8",
	    [PATH_TOO_LONG] = "the address is too long",
	};

	return texts[fault];
}

static bool
is_value_byte(char byte)
{
	return (unsigned char)byte > ' ' && byte != 0x7f && byte != '=';
}

/* RFC 5321 4.1.2 esmtp-param. */
enum parameter_outcome
command_take_parameter(struct span *rest, struct parameter *parameter)
{
	span_skip_blanks(rest);
	if (rest->length == 0)
		return PARAMETER_NONE;
	*parameter = (struct parameter){.keyword = {rest->start, 0}};
	while (rest->length > 0 && (g_ascii_isalnum(*rest->start) || *rest->start == '-'))
		span_skip(rest, 1);
	parameter->keyword.length = (size_t)(rest->start - parameter->keyword.start);
	if (parameter->keyword.length == 0 || *parameter->keyword.start == '-')
		return PARAMETER_MALFORMED;
	if (span_take(rest, '=')) {
		parameter->value.start = rest->start;
		while (rest->length > 0 && is_value_byte(*rest->start))
			span_skip(rest, 1);
		parameter->value.length = (size_t)(rest->start - parameter->value.start);
		if (parameter->value.length == 0)
			return PARAMETER_MALFORMED;
	}
	return rest->length == 0 || is_blank(*rest->start) ? PARAMETER_TAKEN : PARAMETER_MALFORMED;
}
