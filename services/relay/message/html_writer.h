/*
 * Lays out plain text: what html_text.c tells it of a document's blocks, lists and links becomes lines.
 * White space and line ends are owed, and paid when text follows, so that none piles up.
 */
#ifndef SERVICES_RELAY_MESSAGE_HTML_WRITER_H
#define SERVICES_RELAY_MESSAGE_HTML_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* Line ends between what was and what comes. */
enum html_break { HTML_BREAK_NONE, HTML_BREAK_LINE, HTML_BREAK_PARAGRAPH };

enum html_list { HTML_LIST_BULLETS, HTML_LIST_NUMBERS };

struct html_writer {
	GString *out;
	enum html_break owed;
	bool space;        /* owed before the next text, unless it starts a line */
	char *mark;        /* of a list's item, owed before its text; or NULL */
	GArray *lists;     /* int: the number of a list's last item; -1: bullets */
	char *link;        /* address of the link that is open; or NULL */
	size_t link_start; /* where its text starts in out */
};

void html_writer_init(struct html_writer *writer);

/* Ends it. Returns the text, LF line ends, one at the end unless it is empty; g_free. */
char *html_writer_finish(struct html_writer *writer);

/* Text of a paragraph: runs of white space are one space. */
void html_writer_text(struct html_writer *writer, const char *text, size_t length);
/* Text whose white space stays. */
void html_writer_preformatted(struct html_writer *writer, const char *text, size_t length);
void html_writer_preformatted_end(struct html_writer *writer);

void html_writer_break(struct html_writer *writer, enum html_break least);
/* One line end more, up to an empty line. */
void html_writer_line_end(struct html_writer *writer);
void html_writer_space(struct html_writer *writer);

void html_writer_list_start(struct html_writer *writer, enum html_list list);
void html_writer_item_start(struct html_writer *writer);
void html_writer_list_end(struct html_writer *writer);

/* address: as written; NULL when there is none. Shown after the text unless the text says it, or it leads nowhere. */
void html_writer_link_start(struct html_writer *writer, const char *address);
void html_writer_link_end(struct html_writer *writer);

#endif
