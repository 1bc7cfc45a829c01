#include "services/relay/message/html_text.h"

#include <string.h>

#include <glib.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "services/relay/message/html_writer.h"

#define RULE "----------"

enum kind {
	KIND_INLINE,
	KIND_LINE,      /* starts and ends a line */
	KIND_PARAGRAPH, /* has an empty line around it */
	KIND_BREAK,
	KIND_CELL,
	KIND_BULLETS,
	KIND_NUMBERS,
	KIND_ITEM,
	KIND_LINK,
	KIND_IMAGE,
	KIND_RULE,
	KIND_PREFORMATTED,
	KIND_HIDDEN
};

static const struct {
	const char *name;
	enum kind kind;
} elements[] = {
    {"a", KIND_LINK},
    {"address", KIND_LINE},
    {"article", KIND_LINE},
    {"aside", KIND_LINE},
    {"blockquote", KIND_PARAGRAPH},
    {"body", KIND_LINE},
    {"br", KIND_BREAK},
    {"caption", KIND_LINE},
    {"center", KIND_LINE},
    {"dd", KIND_LINE},
    {"div", KIND_LINE},
    {"dl", KIND_PARAGRAPH},
    {"dt", KIND_LINE},
    {"fieldset", KIND_LINE},
    {"footer", KIND_LINE},
    {"form", KIND_LINE},
    {"h1", KIND_PARAGRAPH},
    {"h2", KIND_PARAGRAPH},
    {"h3", KIND_PARAGRAPH},
    {"h4", KIND_PARAGRAPH},
    {"h5", KIND_PARAGRAPH},
    {"h6", KIND_PARAGRAPH},
    {"header", KIND_LINE},
    {"hr", KIND_RULE},
    {"img", KIND_IMAGE},
    {"li", KIND_ITEM},
    {"main", KIND_LINE},
    {"nav", KIND_LINE},
    {"ol", KIND_NUMBERS},
    {"p", KIND_PARAGRAPH},
    {"pre", KIND_PREFORMATTED},
    {"script", KIND_HIDDEN},
    {"section", KIND_LINE},
    {"style", KIND_HIDDEN},
    {"table", KIND_PARAGRAPH},
    {"td", KIND_CELL},
    {"template", KIND_HIDDEN},
    {"th", KIND_CELL},
    {"title", KIND_HIDDEN},
    {"tr", KIND_LINE},
    {"ul", KIND_BULLETS},
};

struct reader {
	htmlParserCtxtPtr parser;
	struct html_writer writer;
	int hidden; /* elements open whose text is not shown */
	int preformatted;
};

static enum kind
kind_of(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
		if (strcmp(name, elements[i].name) == 0)
			return elements[i].kind;
	return KIND_INLINE;
}

static const char *
attribute_find(const xmlChar **attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcmp((const char *)attributes[0], name) == 0)
			return (const char *)attributes[1];
	return NULL;
}

static void
rule_write(struct html_writer *writer)
{
	html_writer_break(writer, HTML_BREAK_PARAGRAPH);
	html_writer_text(writer, RULE, strlen(RULE));
	html_writer_break(writer, HTML_BREAK_PARAGRAPH);
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *reader = arg;
	struct html_writer *writer = &reader->writer;
	const char *text;

	if (reader->parser->nameNr > HTML_TEXT_DEPTH_MAX) {
		xmlStopParser(reader->parser);
		return;
	}
	switch (kind_of((const char *)name)) {
	case KIND_INLINE:
		break;
	case KIND_LINE:
		html_writer_break(writer, HTML_BREAK_LINE);
		break;
	case KIND_PARAGRAPH:
		html_writer_break(writer, HTML_BREAK_PARAGRAPH);
		break;
	case KIND_BREAK:
		html_writer_line_end(writer);
		break;
	case KIND_CELL:
		html_writer_space(writer);
		break;
	case KIND_BULLETS:
		html_writer_list_start(writer, HTML_LIST_BULLETS);
		break;
	case KIND_NUMBERS:
		html_writer_list_start(writer, HTML_LIST_NUMBERS);
		break;
	case KIND_ITEM:
		html_writer_item_start(writer);
		break;
	case KIND_LINK:
		html_writer_link_start(writer, attribute_find(attributes, "href"));
		break;
	case KIND_IMAGE:
		text = attribute_find(attributes, "alt");
		if (text != NULL)
			html_writer_text(writer, text, strlen(text));
		break;
	case KIND_RULE:
		rule_write(writer);
		break;
	case KIND_PREFORMATTED:
		html_writer_break(writer, HTML_BREAK_PARAGRAPH);
		reader->preformatted++;
		break;
	case KIND_HIDDEN:
		reader->hidden++;
		break;
	}
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct reader *reader = arg;
	struct html_writer *writer = &reader->writer;

	switch (kind_of((const char *)name)) {
	case KIND_INLINE:
	case KIND_BREAK:
	case KIND_CELL:
	case KIND_IMAGE:
	case KIND_RULE:
		break;
	case KIND_LINE:
	case KIND_ITEM:
		html_writer_break(writer, HTML_BREAK_LINE);
		break;
	case KIND_PARAGRAPH:
		html_writer_break(writer, HTML_BREAK_PARAGRAPH);
		break;
	case KIND_BULLETS:
	case KIND_NUMBERS:
		html_writer_list_end(writer);
		break;
	case KIND_LINK:
		html_writer_link_end(writer);
		break;
	case KIND_PREFORMATTED:
		html_writer_preformatted_end(writer);
		reader->preformatted = MAX(reader->preformatted - 1, 0);
		break;
	case KIND_HIDDEN:
		reader->hidden = MAX(reader->hidden - 1, 0);
		break;
	}
}

static void
on_text(void *arg, const xmlChar *text, int length)
{
	struct reader *reader = arg;

	if (reader->hidden > 0)
		return;
	if (reader->preformatted > 0)
		html_writer_preformatted(&reader->writer, (const char *)text, (size_t)length);
	else
		html_writer_text(&reader->writer, (const char *)text, (size_t)length);
}

/* By SAX, without a tree: libxml2 ends a tree, and the text with it, at 256 elements deep. */
static void
html_read(const char *html, size_t length, struct reader *reader)
{
	htmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt(html, (int)length);

	if (parser == NULL)
		return;
	memset(parser->sax, 0, sizeof(*parser->sax));
	parser->sax->startElement = on_start;
	parser->sax->endElement = on_end;
	parser->sax->characters = on_text;
	parser->sax->ignorableWhitespace = on_text;
	parser->userData = reader;
	reader->parser = parser;
	htmlCtxtUseOptions(parser,
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
		HTML_PARSE_IGNORE_ENC);
	xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
	htmlParseDocument(parser);
	htmlFreeParserCtxt(parser);
}

char *
html_text_create(const char *html)
{
	struct reader reader = {.hidden = 0};
	size_t length = MIN(strlen(html), (size_t)G_MAXINT);

	html_writer_init(&reader.writer);
	if (length > 0)
		html_read(html, length, &reader);
	return html_writer_finish(&reader.writer);
}
