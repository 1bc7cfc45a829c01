#include "services/relay/deliver/transcript.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"

/* XML 1.0 2.2 Char, without the control characters that it allows but discourages. */
static bool
transcript_holds(gunichar c)
{
	if (c < 0x20)
		return c == '\t';
	return c < 0x7f || (c > 0x9f && c != 0xfffe && c != 0xffff);
}

static void
transcript_append(GString *transcript, const char *text, size_t length)
{
	const char *end = text + length, *plain = text;

	while (text < end) {
		gunichar c;
		const char *next = text + 1;

		if (*text >= 0x20 && *text < 0x7f) {
			text = next;
			continue;
		}
		c = g_utf8_get_char_validated(text, end - text);
		if (c != (gunichar)-1 && c != (gunichar)-2) {
			next = g_utf8_next_char(text);
			if (transcript_holds(c)) {
				text = next;
				continue;
			}
		}
		g_string_append_len(transcript, plain, text - plain);
		for (; text < next; text++)
			g_string_append_printf(transcript, "\\x%02X", (unsigned char)*text);
		plain = text;
	}
	g_string_append_len(transcript, plain, end - plain);
}

static void
transcript_add_time(GString *transcript, int64_t when, char mark)
{
	char time[CLOCK_ISO_SIZE];

	g_string_append(transcript, clock_time_of_day(when, time));
	g_string_append_c(transcript, ' ');
	g_string_append_c(transcript, mark);
	g_string_append_c(transcript, ' ');
}

static void
transcript_add_line(GString *transcript, int64_t when, char mark, const char *text, size_t length)
{
	transcript_add_time(transcript, when, mark);
	transcript_append(transcript, text, length);
	g_string_append_c(transcript, '\n');
}

void
transcript_begin(GString *transcript, int number, int64_t when, const char *where)
{
	char time[CLOCK_ISO_SIZE];

	g_string_append_printf(transcript, "attempt %d %s ", number, clock_iso(when, time));
	transcript_append(transcript, where, strlen(where));
	g_string_append_c(transcript, '\n');
}

void
transcript_add_sent(GString *transcript, int64_t when, const char *line)
{
	transcript_add_line(transcript, when, '>', line, strlen(line));
}

void
transcript_add_content(GString *transcript, int64_t when, size_t bytes)
{
	transcript_add_time(transcript, when, '>');
	g_string_append_printf(transcript, "[%zu bytes]\n", bytes);
}

void
transcript_add_reply_line(GString *transcript, int64_t when, const struct reply *reply)
{
	unsigned number = reply->lines + (reply->line_ended ? 0 : 1);

	if (number > REPLY_LINES_KEPT) {
		if (number == REPLY_LINES_KEPT + 1)
			transcript_add_note(transcript, when,
			    "reply cut: only its first %d lines are kept", REPLY_LINES_KEPT);
		return;
	}
	transcript_add_line(transcript, when, '<', reply->line, reply->line_length);
	if (reply->line_length < reply->line_bytes)
		transcript_add_note(transcript, when,
		    "line cut: its first %d of %zu bytes are kept", REPLY_LINE_KEPT,
		    reply->line_bytes);
}

void
transcript_add_note(GString *transcript, int64_t when, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	transcript_add_line(transcript, when, '=', text, strlen(text));
	g_free(text);
}

void
transcript_end(GString *transcript, const struct verdict *verdict)
{
	g_string_append_printf(transcript, "result %s %s\n", verdict_word(verdict), verdict->code);
}

char *
transcript_last_text(const GString *transcript)
{
	const char *found = NULL, *line = transcript->str, *end;

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		const char *mark = memchr(line, ' ', (size_t)(end - line));

		if (mark != NULL && (mark[1] == '=' || mark[1] == '<') && mark[2] == ' ')
			found = mark + 3;
	}
	return found != NULL ? g_strndup(found, strcspn(found, "\n")) : NULL;
}
