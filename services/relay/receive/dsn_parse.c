#include "services/relay/receive/dsn_parse.h"

#include <string.h>

#include <glib.h>

#include "services/relay/message/xtext.h"

bool
dsn_parse_return(struct span value, enum dsn_return *out)
{
	*out = span_is(value, "FULL") ? DSN_RETURN_FULL
	    : span_is(value, "HDRS")  ? DSN_RETURN_HEADERS
				      : DSN_RETURN_UNSAID;
	return *out != DSN_RETURN_UNSAID;
}

bool
dsn_parse_envelope_id(struct span value)
{
	return value.length > 0 && value.length <= DSN_ENVELOPE_ID_MAX &&
	    xtext_is_printable(value.start, value.length);
}

/* What stands before the separator, which goes with it; false: there is no separator, and it is all. */
static bool
span_split(struct span *rest, char separator, struct span *before)
{
	const char *found = rest->length > 0 ? memchr(rest->start, separator, rest->length) : NULL;

	*before = *rest;
	if (found == NULL)
		return false;
	before->length = (size_t)(found - rest->start);
	rest->start = found + 1;
	rest->length -= before->length + 1;
	return true;
}

static unsigned
notify_word(struct span word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
	    {"NEVER", DSN_NOTIFY_NEVER},
	    {"SUCCESS", DSN_NOTIFY_SUCCESS},
	    {"FAILURE", DSN_NOTIFY_FAILURE},
	    {"DELAY", DSN_NOTIFY_DELAY},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (span_is(word, words[i].word))
			return words[i].bit;
	return 0;
}

bool
dsn_parse_notify(struct span value, unsigned *out)
{
	struct span word;
	bool more;

	*out = 0;
	do {
		unsigned bit;

		more = span_split(&value, ',', &word);
		bit = notify_word(word);
		if (bit == 0 || *out & bit)
			return false;
		*out |= bit;
	} while (more);
	return *out == DSN_NOTIFY_NEVER || !(*out & DSN_NOTIFY_NEVER);
}

/* RFC 3461 4.2: an atom; those in use are rfc822, utf-8, x400, unknown and x- names. */
static bool
is_address_type(struct span type)
{
	for (size_t i = 0; i < type.length; i++)
		if (!g_ascii_isalnum(type.start[i]) && strchr("-_.", type.start[i]) == NULL)
			return false;
	return type.length > 0 && memchr(type.start, '\0', type.length) == NULL;
}

/* RFC 6533 3 utf-8-addr-unitext. */
static bool
is_utf8_address(struct span address)
{
	for (size_t i = 0; i < address.length; i++)
		if ((unsigned char)address.start[i] <= ' ' || address.start[i] == 0x7f)
			return false;
	return g_utf8_validate(address.start, (gssize)address.length, NULL);
}

bool
dsn_parse_original(struct span value, bool is_smtputf8)
{
	struct span type;

	if (value.length > DSN_ORIGINAL_MAX || !span_split(&value, ';', &type) ||
	    !is_address_type(type) || value.length == 0)
		return false;
	return xtext_is_printable(value.start, value.length) ||
	    (is_smtputf8 && span_is(type, "utf-8") && is_utf8_address(value));
}
