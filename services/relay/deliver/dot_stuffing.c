#include "services/relay/deliver/dot_stuffing.h"

#include <assert.h>
#include <string.h>

void
dot_stuffing_start(struct dot_stuffing *stuffing, const GString *head, const GString *body)
{
	stuffing->parts[0].at = head->str;
	stuffing->parts[0].end = head->str + head->len;
	stuffing->parts[1].at = body->str;
	stuffing->parts[1].end = body->str + body->len;
	stuffing->part = 0;
	/* The content begins at the start of a line. */
	stuffing->last[0] = '\r';
	stuffing->last[1] = '\n';
}

static void
dot_stuffing_note_last(struct dot_stuffing *stuffing, const char *data, size_t length)
{
	if (length == 0)
		return;
	stuffing->last[0] = length > 1 ? data[length - 2] : stuffing->last[1];
	stuffing->last[1] = data[length - 1];
}

static void
dot_stuffing_append(struct dot_stuffing *stuffing, GString *out, const char *at, size_t length)
{
	const char *end = at + length, *feed;

	if (length > 0 && *at == '.' && stuffing->last[1] == '\n')
		g_string_append_c(out, '.');
	dot_stuffing_note_last(stuffing, at, length);
	for (const char *line = at; (feed = memchr(line, '\n', (size_t)(end - line))) != NULL;) {
		line = feed + 1;
		if (line == end || *line != '.')
			continue;
		g_string_append_len(out, at, line - at);
		g_string_append_c(out, '.');
		at = line;
	}
	g_string_append_len(out, at, end - at);
}

bool
dot_stuffing_write(struct dot_stuffing *stuffing, GString *out, size_t bytes)
{
	assert(bytes > 0);
	while (stuffing->part < G_N_ELEMENTS(stuffing->parts)) {
		const char **at = &stuffing->parts[stuffing->part].at;
		size_t length = MIN(bytes, (size_t)(stuffing->parts[stuffing->part].end - *at));

		dot_stuffing_append(stuffing, out, *at, length);
		*at += length;
		bytes -= length;
		if (*at < stuffing->parts[stuffing->part].end)
			return false;
		stuffing->part++;
	}
	if (stuffing->last[0] != '\r' || stuffing->last[1] != '\n')
		g_string_append(out, "\r\n");
	g_string_append(out, ".\r\n");
	return true;
}
