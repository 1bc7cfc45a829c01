#include "services/relay/message/html_writer.h"

#include <string.h>

enum { LIST_DEPTH_MAX = 8 /* deeper lists are not indented further */ };

void
html_writer_init(struct html_writer *writer)
{
	*writer = (struct html_writer){
	    .out = g_string_new(NULL),
	    .lists = g_array_new(FALSE, FALSE, sizeof(int)),
	};
}

static void
trim_end(GString *text)
{
	while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1]))
		g_string_truncate(text, text->len - 1);
}

char *
html_writer_finish(struct html_writer *writer)
{
	g_array_free(writer->lists, TRUE);
	g_free(writer->mark);
	g_free(writer->link);
	trim_end(writer->out);
	if (writer->out->len > 0)
		g_string_append_c(writer->out, '\n');
	return g_string_free(writer->out, FALSE);
}

void
html_writer_break(struct html_writer *writer, enum html_break least)
{
	writer->owed = MAX(writer->owed, least);
	writer->space = false;
}

void
html_writer_line_end(struct html_writer *writer)
{
	html_writer_break(
	    writer, writer->owed == HTML_BREAK_NONE ? HTML_BREAK_LINE : HTML_BREAK_PARAGRAPH);
}

void
html_writer_space(struct html_writer *writer)
{
	writer->space = true;
}

/* Pays what is owed: text follows. */
static void
settle(struct html_writer *writer)
{
	if (writer->out->len > 0 && writer->owed != HTML_BREAK_NONE)
		g_string_append(writer->out, writer->owed == HTML_BREAK_LINE ? "\n" : "\n\n");
	else if (writer->out->len > 0 && writer->space)
		g_string_append_c(writer->out, ' ');
	writer->owed = HTML_BREAK_NONE;
	writer->space = false;
	if (writer->mark != NULL) {
		g_string_append(writer->out, writer->mark);
		g_free(writer->mark);
		writer->mark = NULL;
	}
}

static bool
is_space(gunichar c)
{
	return g_unichar_isspace(c) || g_unichar_iscntrl(c);
}

void
html_writer_text(struct html_writer *writer, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *next = g_utf8_next_char(text);

		if (is_space(g_utf8_get_char(text))) {
			writer->space = true;
		} else {
			settle(writer);
			g_string_append_len(writer->out, text, next - text);
		}
		text = next;
	}
}

void
html_writer_preformatted(struct html_writer *writer, const char *text, size_t length)
{
	const char *end = text + length;

	if (writer->owed != HTML_BREAK_NONE) {
		settle(writer);
		if (*text == '\n') /* the line end after <pre> is none of the text */
			text++;
	}
	for (; text < end; text++)
		if (*text != '\r')
			g_string_append_c(writer->out, *text);
}

void
html_writer_preformatted_end(struct html_writer *writer)
{
	trim_end(writer->out);
	writer->link_start = MIN(writer->link_start, writer->out->len);
	html_writer_break(writer, HTML_BREAK_PARAGRAPH);
}

static enum html_break
list_break(const struct html_writer *writer)
{
	return writer->lists->len == 0 ? HTML_BREAK_PARAGRAPH : HTML_BREAK_LINE;
}

void
html_writer_list_start(struct html_writer *writer, enum html_list list)
{
	int number = list == HTML_LIST_NUMBERS ? 0 : -1;

	html_writer_break(writer, list_break(writer));
	g_array_append_val(writer->lists, number);
}

void
html_writer_list_end(struct html_writer *writer)
{
	if (writer->lists->len > 0)
		g_array_set_size(writer->lists, writer->lists->len - 1);
	html_writer_break(writer, list_break(writer));
}

void
html_writer_item_start(struct html_writer *writer)
{
	unsigned depth = writer->lists->len;
	int *number = depth > 0 ? &g_array_index(writer->lists, int, depth - 1) : NULL;
	int indent = 2 * (int)MIN(depth > 0 ? depth - 1 : 0, LIST_DEPTH_MAX);

	html_writer_break(writer, HTML_BREAK_LINE);
	g_free(writer->mark);
	if (number != NULL && *number >= 0)
		writer->mark = g_strdup_printf("%*s%d. ", indent, "", ++*number);
	else
		writer->mark = g_strdup_printf("%*s- ", indent, "");
}

void
html_writer_link_start(struct html_writer *writer, const char *address)
{
	g_free(writer->link);
	writer->link = NULL;
	if (address == NULL || *address == '\0' || *address == '#' ||
	    g_ascii_strncasecmp(address, "javascript:", strlen("javascript:")) == 0)
		return;
	writer->link = g_strstrip(g_strdup(address));
	writer->link_start = writer->out->len;
}

/* Whether the text shown is the address already. */
static bool
link_is_shown(const struct html_writer *writer)
{
	char *text = g_strstrip(g_strdup(writer->out->str + writer->link_start));
	const char *address = writer->link;
	bool shown = strcmp(text, address) == 0 ||
	    (g_str_has_prefix(address, "mailto:") &&
		strcmp(text, address + strlen("mailto:")) == 0);

	g_free(text);
	return shown;
}

void
html_writer_link_end(struct html_writer *writer)
{
	if (writer->link == NULL)
		return;
	if (!link_is_shown(writer)) {
		enum html_break owed = writer->owed;
		bool space = writer->space;

		if (writer->out->len > writer->link_start)
			writer->owed = HTML_BREAK_NONE; /* the address stays with its text */
		else
			owed = HTML_BREAK_NONE;
		writer->space = true;
		html_writer_text(writer, "(", 1);
		html_writer_text(writer, writer->link, strlen(writer->link));
		g_string_append_c(writer->out, ')');
		writer->owed = owed;
		writer->space = space;
	}
	g_free(writer->link);
	writer->link = NULL;
}
