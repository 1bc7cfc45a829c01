#include "services/soap/xml_gate.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "services/soap/wsdl_document.h"
#include "services/soap/xml_charset.h"
#include "services/soap/xml_shape.h"

enum {
	OPERATION_DEPTH = 3, /* Envelope, Body, operation */
	/* A parser keeps so many names of what it has read: libxml2's own and some hundreds. */
	XML_GATE_NAMES_MAX = 1024
};

/* Parameters whose values may be of any length. */
static const char *const long_values[] = {"FieldValues", "ImportData", "MessageHTML",
    "MessagePlain", "NewFieldValue", "RawMessage", "ToOther", NULL};
static const char too_much_else[] =
    "has more than 1 MiB beside the values of FieldValues, ImportData, MessageHTML, MessagePlain, "
    "NewFieldValue, RawMessage and ToOther";

struct gate {
	xmlParserCtxtPtr parser;
	const char *input;
	size_t input_left;
	size_t pending; /* bytes read since the last event */
	size_t counted; /* bytes read outside of long values */
	int depth;
	int elements;
	int namespaces[XML_GATE_DEPTH_MAX + 2]; /* in scope, at each depth */
	char *root_namespace;
	bool awaits_operation; /* in a Body whose first element comes */
	bool in_operation;
	bool in_long_value;
	bool is_short;
	bool is_utf8;
	const char *refusal; /* NULL: what libxml2 says */
};

static void
gate_refuse(struct gate *gate, const char *refusal)
{
	gate->refusal = refusal;
	xmlStopParser(gate->parser);
}

static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	gate_refuse(arg, "has a DOCTYPE, which is not taken");
}

/* What an envelope's Body holds first is called: gSOAP would take it with whatever namespace. Without one it is taken, as
 * old clients send it. */
static bool
calls_elsewhere(struct gate *gate, const char *name, const char *uri)
{
	bool is_operation = gate->depth == OPERATION_DEPTH && gate->awaits_operation;

	if (gate->depth == OPERATION_DEPTH - 1)
		gate->awaits_operation = strcmp(name, "Body") == 0;
	else if (is_operation)
		gate->awaits_operation = false;
	gate->in_operation = gate->in_operation || is_operation;
	return is_operation && uri != NULL && strcmp(uri, WSDL_TARGET_NAMESPACE) != 0;
}

static void
on_element_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int namespaces, const xmlChar **namespace_pairs, int attributes, int defaulted,
    const xmlChar **attribute_parts)
{
	struct gate *gate = arg;

	(void)prefix;
	(void)namespace_pairs;
	(void)defaulted;
	(void)attribute_parts;
	gate->pending = 0;
	if (gate->depth++ == 0)
		gate->root_namespace = g_strdup(uri != NULL ? (const char *)uri : "");
	gate->namespaces[gate->depth] = gate->namespaces[gate->depth - 1] + namespaces;
	if (gate->depth > XML_GATE_DEPTH_MAX)
		gate_refuse(gate, "has too many elements within each other");
	else if (++gate->elements > XML_GATE_ELEMENTS_MAX)
		gate_refuse(gate, "has too many elements");
	else if (attributes > XML_GATE_ATTRIBUTES_MAX)
		gate_refuse(gate, "has too many attributes in an element");
	else if (gate->namespaces[gate->depth] > XML_GATE_ATTRIBUTES_MAX)
		gate_refuse(gate, "has too many namespaces in an element and those around it");
	else if (calls_elsewhere(gate, (const char *)name, (const char *)uri))
		gate_refuse(
		    gate, "calls an operation of another namespace than " WSDL_TARGET_NAMESPACE);
	else if (gate->in_operation && gate->depth == OPERATION_DEPTH + 1)
		gate->in_long_value = g_strv_contains(long_values, (const char *)name);
}

static void
on_element_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct gate *gate = arg;

	(void)name;
	(void)prefix;
	(void)uri;
	gate->pending = 0;
	gate->depth--;
	gate->in_long_value = gate->in_long_value && gate->depth > OPERATION_DEPTH;
	gate->in_operation = gate->in_operation && gate->depth >= OPERATION_DEPTH;
}

static void
on_text(void *arg, const xmlChar *text, int length)
{
	struct gate *gate = arg;

	(void)text;
	(void)length;
	gate->pending = 0;
}

static void
on_comment(void *arg, const xmlChar *text)
{
	on_text(arg, text, 0);
}

static void
on_instruction(void *arg, const xmlChar *target, const xmlChar *data)
{
	(void)target;
	on_text(arg, data, 0);
}

/*
 * libxml2 compares each attribute with all before it in its tag, before it tells of any. So it gets no more of a tag than
 * XML_GATE_TAG_MAX; only a CDATA section, which is told of as a whole, may be longer.
 */
static const char *
gate_overflow(struct gate *gate)
{
	if (gate->parser != NULL && gate->parser->instate == XML_PARSER_CDATA_SECTION)
		gate->pending = 0;
	if (gate->pending > XML_GATE_TAG_MAX)
		return "has a tag, a comment or an instruction that is too long";
	if (gate->counted > XML_GATE_BYTES_MAX)
		return too_much_else;
	return NULL;
}

static int
gate_read(void *arg, char *buffer, int size)
{
	struct gate *gate = arg;
	size_t length = MIN((size_t)size, gate->input_left);
	const char *overflow = gate_overflow(gate);

	if (overflow != NULL) {
		/* It ends here, for xmlStopParser() would free what is being read into. */
		gate->refusal = overflow;
		return 0;
	}
	memcpy(buffer, gate->input, length);
	gate->input += length;
	gate->input_left -= length;
	gate->pending += length;
	if (!gate->in_long_value)
		gate->counted += length;
	return (int)length;
}

static bool
encoding_set(struct gate *gate, const char *charset)
{
	xmlCharEncodingHandlerPtr handler;

	/* UTF-8 is what libxml2 reads as it is, and checks. */
	if (charset == NULL || xml_charset_names_utf8(charset))
		return true;
	handler = xmlFindCharEncodingHandler(charset);
	return handler != NULL && xmlSwitchToEncoding(gate->parser, handler) == 0;
}

/* libxml2's messages end in a line feed. */
static bool
error_from_parser(struct error *error, const struct gate *gate)
{
	const xmlError *last = xmlCtxtGetLastError(gate->parser);
	const char *message = last != NULL && last->message != NULL ? last->message : "it is empty";

	if (gate->refusal != NULL)
		return error_set(error, "%s", gate->refusal);
	return error_set(
	    error, "is not well-formed XML: %.*s", (int)strcspn(message, "\n"), message);
}

static bool
gate_parse(struct gate *gate, const char *charset, struct error *error)
{
	xmlCtxtUseOptions(gate->parser, xml_charset_options(charset));
	if (!encoding_set(gate, charset))
		return error_set(error, "is in a charset that is not known");
	if (xmlParseDocument(gate->parser) != 0 || gate->refusal != NULL ||
	    !gate->parser->wellFormed || !gate->parser->nsWellFormed)
		return error_from_parser(error, gate);
	/* A NUL behind the document is an end to libxml2, whatever follows it. */
	if (gate->parser->input->cur < gate->parser->input->end || gate->input_left > 0)
		return error_set(
		    error, "is not well-formed XML: there is something behind its end");
	return true;
}

static xmlSAXHandler handler = {
    .initialized = XML_SAX2_MAGIC,
    .internalSubset = on_doctype,
    .startElementNs = on_element_start,
    .endElementNs = on_element_end,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_text,
    .comment = on_comment,
    .processingInstruction = on_instruction,
};

static void
short_parser_free(void *parser)
{
	xmlFreeParserCtxt(parser);
}

/* Each thread's parser of what is short. */
static GPrivate short_parser = G_PRIVATE_INIT(short_parser_free);

static xmlParserCtxtPtr
short_parser_get(void)
{
	xmlParserCtxtPtr parser = g_private_get(&short_parser);

	if (parser != NULL)
		return parser;
	parser = xmlNewParserCtxt();
	*parser->sax = handler;
	g_private_set(&short_parser, parser);
	return parser;
}

/* What is short has no tag that gate_read() would be needed for; libxml2 reads it as a whole, in half the time. */
static void
short_open(struct gate *gate)
{
	xmlParserInputBufferPtr buffer = xmlParserInputBufferCreateMem(
	    gate->input, (int)gate->input_left, XML_CHAR_ENCODING_NONE);

	/* It has all there is, and need not be asked for more, unless it is to be converted piece by piece. */
	if (gate->is_utf8)
		buffer->readcallback = NULL;
	gate->parser = short_parser_get();
	gate->parser->userData = gate;
	inputPush(gate->parser, xmlNewIOInputStream(gate->parser, buffer, XML_CHAR_ENCODING_NONE));
	gate->input_left = 0;
}

/* The names that were read stay in the parser's dictionary: one that holds too many of them goes. */
static void
short_close(xmlParserCtxtPtr parser)
{
	if (xmlDictSize(parser->dict) > XML_GATE_NAMES_MAX) {
		g_private_replace(&short_parser, NULL);
		return;
	}
	xmlCtxtReset(parser);
	parser->options = 0; /* which xmlCtxtUseOptions() only adds to */
}

static void
gate_open(struct gate *gate)
{
	gate->is_short = gate->input_left > 0 && gate->input_left <= XML_GATE_TAG_MAX;
	if (gate->is_short)
		short_open(gate);
	else
		gate->parser = xmlCreateIOParserCtxt(
		    &handler, gate, gate_read, NULL, gate, XML_CHAR_ENCODING_NONE);
}

static void
gate_close(struct gate *gate)
{
	if (gate->is_short)
		short_close(gate->parser);
	else
		xmlFreeParserCtxt(gate->parser);
}

/* What libxml2 says of it, and what becomes of it then. */
static bool
gate_read_through(struct gate *gate, const char *charset, GString **utf8, struct error *error)
{
	const char *xml = gate->input;
	const size_t length = gate->input_left;
	bool passed;

	gate_open(gate);
	passed = gate_parse(gate, charset, error);
	gate_close(gate);
	if (!passed)
		return false;
	if (!gate->is_utf8 || xml_charset_has_long_reference(xml, length)) {
		*utf8 = xml_charset_to_utf8(xml, length, charset);
		return *utf8 != NULL || error_set(error, "cannot be read in its charset");
	}
	if (gate->is_short)
		xml_shape_keep(xml, length, gate->root_namespace);
	return true;
}

bool
xml_gate_pass(const char *xml, size_t length, const char *charset, GString **utf8,
    char **root_namespace, struct error *error)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct gate gate = {0};
	const char *known = NULL;

	*utf8 = NULL;
	*root_namespace = NULL;
	if (length > INT_MAX)
		return error_set(error, "is too long");
	if (length >= strlen(mark) && memcmp(xml, mark, strlen(mark)) == 0) {
		xml += strlen(mark);
		length -= strlen(mark);
	}
	/* RFC 7303 3.3: the mark at the start decides, whatever the Content-Type says. */
	if (xml_charset_has_utf16_mark(xml, length))
		charset = NULL;
	if (length <= XML_GATE_TAG_MAX && (charset == NULL || xml_charset_names_utf8(charset)))
		known = xml_shape_find(xml, length);
	if (known != NULL) {
		*root_namespace = g_strdup(known);
		return true;
	}
	gate.input = xml;
	gate.input_left = length;
	gate.is_utf8 = xml_charset_is_utf8(xml, length, charset);
	if (!gate_read_through(&gate, charset, utf8, error)) {
		g_free(gate.root_namespace);
		return false;
	}
	*root_namespace = gate.root_namespace;
	return true;
}
