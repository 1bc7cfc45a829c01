/*
 * Readable plain text from HTML: what MessagePlain "auto-generate" asks for. Reads it with libxml2's
 * HTML parser, which takes what people write.
 *
 * Paragraphs and headings have an empty line around them, lists their marks, a link its address after it in
 * parentheses, an image its alternative text, preformatted text its lines. Scripts, styles and comments go.
 */
#ifndef SERVICES_RELAY_MESSAGE_HTML_TEXT_H
#define SERVICES_RELAY_MESSAGE_HTML_TEXT_H

/* Elements within elements. The text ends where there are more: the parser's time grows with their number
 * at each end tag, and nobody writes so. */
enum { HTML_TEXT_DEPTH_MAX = 1000 };

/* html: UTF-8, whatever it says of itself. Returns UTF-8 with LF line ends, one at the end unless it is empty; g_free. */
char *html_text_create(const char *html);

#endif
