/* The command grammar and SASL: what is taken lies within the line, moves forward, and is what it should be. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/receive/command_parse.h"
#include "services/relay/message/xtext.h"
#include "services/relay/receive/dsn_parse.h"
#include "services/relay/receive/sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_within(struct span span, const char *line, size_t length)
{
	assert(span.start >= line && span.start + span.length <= line + length);
}

static void
check_address(const struct path *path)
{
	struct span address = path->address;

	assert(address.length <= ADDRESS_MAX);
	assert(g_utf8_validate(address.start, (gssize)address.length, NULL));
	for (size_t i = 0; i < address.length; i++)
		assert((unsigned char)address.start[i] >= 0x20 && address.start[i] != 0x7f);
	assert(address.length == 0 || memchr(address.start, '@', address.length) != NULL);
}

/* What is taken of DSN's values can stand in a report and in a command. */
static void
read_dsn(struct span value)
{
	enum dsn_return dsn_return;
	unsigned notify;

	dsn_parse_return(value, &dsn_return);
	if (dsn_parse_notify(value, &notify))
		assert(notify != 0 && notify <= DSN_NOTIFY_NEVER);
	if (dsn_parse_original(value, true))
		assert(value.length <= DSN_ORIGINAL_MAX &&
		    g_utf8_validate(value.start, (gssize)value.length, NULL));
	if (dsn_parse_envelope_id(value)) {
		char *text = g_strndup(value.start, value.length);
		char *decoded = xtext_decode(text);
		GString *again = g_string_new(NULL);

		for (const char *at = decoded; *at != '\0'; at++)
			assert(*at >= ' ' && *at < 0x7f);
		xtext_append(again, decoded);
		assert(xtext_is_printable(again->str, again->len));
		g_string_free(again, TRUE);
		g_free(decoded);
		g_free(text);
	}
}

static void
read_path(struct span rest, const char *line, size_t length)
{
	struct parameter parameter;
	struct path path;
	uint64_t number;

	if (command_take_path(&rest, &path) != PATH_FINE)
		return;
	check_within(path.address, line, length);
	check_within(rest, line, length);
	check_address(&path);
	while (command_take_parameter(&rest, &parameter) == PARAMETER_TAKEN) {
		check_within(parameter.keyword, line, length);
		check_within(rest, line, length);
		assert(parameter.keyword.length > 0);
		if (parameter.value.start == NULL)
			continue;
		check_within(parameter.value, line, length);
		assert(parameter.value.length > 0);
		span_number(parameter.value, &number);
		read_dsn(parameter.value);
	}
}

static void
read_sasl(struct span text)
{
	struct sasl_plain plain;
	size_t length = 0;
	char *decoded = sasl_decode(text, &length);

	if (decoded == NULL)
		return;
	assert(length <= text.length / 4 * 3 && decoded[length] == '\0');
	if (sasl_read_plain(decoded, length, &plain)) {
		assert(plain.name + strlen(plain.name) + 1 == plain.password);
		assert(plain.password + strlen(plain.password) == decoded + length);
	}
	sasl_forget(decoded, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own: a byte read past the end is seen. */
	char *line = g_memdup2(data, size);
	struct command command;
	struct span rest;

	if (line == NULL)
		return 0;
	command_parse(line, size, &command);
	check_within(command.argument, line, size);
	rest = command.argument;
	if (command_take_prefix(&rest, "FROM:") || command_take_prefix(&rest, "TO:"))
		read_path(rest, line, size);
	read_sasl(command.argument);
	g_free(line);
	return 0;
}
