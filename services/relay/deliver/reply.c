#include "services/relay/deliver/reply.h"

#include <string.h>

#include <glib.h>

enum { REPLY_CODE_DIGITS = 3, REPLY_ENHANCED_DIGITS = 3 };

void
reply_start(struct reply *reply)
{
	reply->code = 0;
	reply->enhanced[0] = '\0';
	reply->lines = 0;
	reply->line_length = 0;
	reply->line_bytes = 0;
	reply->line_ended = false;
}

static void
reply_keep(struct reply *reply, const char *data, size_t length)
{
	size_t kept = MIN(length, sizeof(reply->line) - reply->line_length);

	memcpy(reply->line + reply->line_length, data, kept);
	reply->line_length += kept;
	reply->line_bytes += length;
}

const char *
reply_text(const struct reply *reply, size_t *length)
{
	size_t skipped = MIN(reply->line_length, REPLY_CODE_DIGITS + 1);

	*length = reply->line_length - skipped;
	return reply->line + skipped;
}

/* The length of 1 to 3 digits at `at`, 0 for anything else. */
static size_t
reply_digits(const char *at, const char *end)
{
	size_t length = 0;

	while (at + length < end && length < REPLY_ENHANCED_DIGITS && g_ascii_isdigit(at[length]))
		length++;
	return length;
}

/* RFC 2034 4: class "." subject "." detail at the start of the text, of the same class as the code. */
static void
reply_read_enhanced(struct reply *reply)
{
	size_t length, digits;
	const char *text = reply_text(reply, &length);
	const char *at = text + 2, *end = text + length;

	if (length < 5 || text[0] != reply->line[0] || text[1] != '.')
		return;
	digits = reply_digits(at, end);
	at += digits;
	if (digits == 0 || at == end || *at++ != '.')
		return;
	digits = reply_digits(at, end);
	at += digits;
	if (digits == 0 || (at < end && *at != ' '))
		return;
	memcpy(reply->enhanced, text, (size_t)(at - text));
	reply->enhanced[at - text] = '\0';
}

static enum reply_progress
reply_end_line(struct reply *reply)
{
	const char *line = reply->line;

	reply->line_ended = true;
	reply->lines++;
	if (reply->line_length == reply->line_bytes && reply->line_length > 0 &&
	    line[reply->line_length - 1] == '\r') {
		reply->line_length--;
		reply->line_bytes--;
	}
	if (reply->line_length < REPLY_CODE_DIGITS || line[0] < '2' || line[0] > '5' ||
	    !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]))
		return REPLY_MALFORMED;
	reply->code = (unsigned)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
	if (reply->line_length == REPLY_CODE_DIGITS)
		return REPLY_COMPLETE;
	if (reply->enhanced[0] == '\0')
		reply_read_enhanced(reply);
	if (line[REPLY_CODE_DIGITS] == ' ')
		return REPLY_COMPLETE;
	if (line[REPLY_CODE_DIGITS] != '-')
		return REPLY_MALFORMED;
	return reply->lines < REPLY_LINES_MAX ? REPLY_LINE : REPLY_ENDLESS;
}

enum reply_progress
reply_read(struct reply *reply, const char **data, const char *end)
{
	const char *feed = memchr(*data, '\n', (size_t)(end - *data));

	if (reply->line_ended) {
		reply->line_ended = false;
		reply->line_length = 0;
		reply->line_bytes = 0;
	}
	reply_keep(reply, *data, (size_t)((feed != NULL ? feed : end) - *data));
	*data = feed != NULL ? feed + 1 : end;
	if (reply->line_bytes > REPLY_LINE_MAX)
		return REPLY_ENDLESS;
	return feed != NULL ? reply_end_line(reply) : REPLY_NEEDS_MORE;
}
