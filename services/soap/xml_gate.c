#include "services/soap/xml_gate.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "services/soap/wsdl_document.h"

enum {
	GSOAP_REFERENCE_MAX = 5, /* characters between "&#" and ";": "65535", "xFFFF" */
	OPERATION_DEPTH = 3      /* Envelope, Body, operation */
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
is_utf8(const char *encoding)
{
	return g_ascii_strcasecmp(encoding, "utf-8") == 0 ||
	    g_ascii_strcasecmp(encoding, "utf8") == 0 ||
	    g_ascii_strcasecmp(encoding, "us-ascii") == 0;
}

/* The encoding that an XML declaration in ASCII names ("" for none); the caller's to g_free(). */
static char *
declared_encoding(const char *xml, size_t length)
{
	const char *end = g_strstr_len(xml, (gssize)length, "?>");
	const char *at = NULL;

	if (end != NULL && g_str_has_prefix(xml, "<?xml"))
		at = g_strstr_len(xml, end - xml, "encoding");
	if (at == NULL)
		return g_strdup("");
	at += strcspn(at, "'\"?");
	at += *at != '?';
	return g_strndup(at, strcspn(at, "'\"?"));
}

static bool
has_utf16_mark(const char *xml, size_t length)
{
	return length >= 2 && (memcmp(xml, "\xff\xfe", 2) == 0 || memcmp(xml, "\xfe\xff", 2) == 0);
}

/* A character reference that is longer than gSOAP reads ("&#x1F600;"): what it does not read would be text. */
static bool
has_long_reference(const char *xml, size_t length)
{
	const char *end = xml + length;

	while ((xml = memmem(xml, (size_t)(end - xml), "&#", 2)) != NULL) {
		const char *semicolon = memchr(xml, ';', (size_t)(end - xml));

		if (semicolon == NULL)
			return false;
		xml += 2;
		if (semicolon - xml > GSOAP_REFERENCE_MAX)
			return true;
	}
	return false;
}

/* Whether gSOAP may read the bytes as they are. */
static bool
is_plain_utf8(const char *xml, size_t length, const char *charset)
{
	char *declared;
	bool plain;

	if (charset != NULL && !is_utf8(charset))
		return false;
	if (has_utf16_mark(xml, length) || (length >= 2 && (xml[0] == '\0' || xml[1] == '\0')))
		return false;
	declared = declared_encoding(xml, length);
	plain = (*declared == '\0' || is_utf8(declared)) && !has_long_reference(xml, length);
	g_free(declared);
	return plain;
}

static bool
encoding_set(struct gate *gate, const char *charset)
{
	xmlCharEncodingHandlerPtr handler;

	/* UTF-8 is what libxml2 reads as it is, and checks. */
	if (charset == NULL || g_ascii_strcasecmp(charset, "utf-8") == 0)
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

/* With a charset of the Content-Type, what the XML declaration says of it does not count. */
static int
gate_options(const char *charset)
{
	return XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
	    (charset != NULL ? XML_PARSE_IGNORE_ENC : 0);
}

/* Rare: for a document that gSOAP cannot read. It has passed the gate. */
static GString *
transcode(const char *xml, size_t length, const char *charset)
{
	xmlDocPtr document = xmlReadMemory(xml, (int)length, NULL, charset, gate_options(charset));
	xmlChar *bytes = NULL;
	GString *utf8;
	int size = 0;

	if (document == NULL)
		return NULL;
	xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
	xmlFreeDoc(document);
	utf8 = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return utf8;
}

static bool
gate_parse(struct gate *gate, const char *charset, struct error *error)
{
	xmlCtxtUseOptions(gate->parser, gate_options(charset));
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

/* What is short has no tag that gate_read() would be needed for; libxml2 reads it as a whole, in half the time. */
static void
gate_open(struct gate *gate)
{
	if (gate->input_left == 0 || gate->input_left > XML_GATE_TAG_MAX) {
		gate->parser = xmlCreateIOParserCtxt(
		    &handler, gate, gate_read, NULL, gate, XML_CHAR_ENCODING_NONE);
		return;
	}
	gate->parser = xmlCreateMemoryParserCtxt(gate->input, (int)gate->input_left);
	*gate->parser->sax = handler;
	gate->parser->userData = gate;
	gate->input_left = 0;
}

bool
xml_gate_pass(const char *xml, size_t length, const char *charset, GString **utf8,
    char **root_namespace, struct error *error)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct gate gate = {0};
	bool passed;

	*utf8 = NULL;
	*root_namespace = NULL;
	if (length > INT_MAX)
		return error_set(error, "is too long");
	if (length >= strlen(mark) && memcmp(xml, mark, strlen(mark)) == 0) {
		xml += strlen(mark);
		length -= strlen(mark);
	}
	/* RFC 7303 3.3: the mark at the start decides, whatever the Content-Type says. */
	if (has_utf16_mark(xml, length))
		charset = NULL;
	gate.input = xml;
	gate.input_left = length;
	gate_open(&gate);
	passed = gate_parse(&gate, charset, error);
	xmlFreeParserCtxt(gate.parser);
	if (passed && !is_plain_utf8(xml, length, charset)) {
		*utf8 = transcode(xml, length, charset);
		passed = *utf8 != NULL || error_set(error, "cannot be read in its charset");
	}
	if (passed)
		*root_namespace = gate.root_namespace;
	else
		g_free(gate.root_namespace);
	return passed;
}
