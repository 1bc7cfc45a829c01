/* Two documents with a NUL between them: when the second fits the first, libxml2 takes it too, and sees the same elements. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <libxml/parser.h>

#include "services/soap/xml_charset.h"
#include "services/soap/xml_shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends each element's name, with its depth. */
static void
elements_append(const xmlNode *node, unsigned depth, GString *elements)
{
	for (; node != NULL; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		g_string_append_printf(elements, "%u %s %s\n", depth, (const char *)node->name,
		    node->ns != NULL ? (const char *)node->ns->href : "");
		elements_append(node->children, depth + 1, elements);
	}
}

/* NULL: the document is not well-formed. */
static GString *
elements_of(const char *xml, size_t length)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	xmlDocPtr document =
	    xmlCtxtReadMemory(parser, xml, (int)length, NULL, NULL, xml_charset_options(NULL));
	GString *elements = NULL;

	if (document != NULL && parser->nsWellFormed) {
		elements = g_string_new(NULL);
		elements_append(xmlDocGetRootElement(document), 0, elements);
	}
	xmlFreeDoc(document);
	xmlFreeParserCtxt(parser);
	return elements;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *kept = (const char *)data, *end = kept + size, *xml;
	const char *split = size > 0 ? memchr(data, '\0', size) : NULL;
	GString *elements, *same;

	if (split == NULL || !xml_charset_is_utf8(kept, (size_t)(split - kept), NULL))
		return 0;
	xml = split + 1;
	elements = elements_of(kept, (size_t)(split - kept));
	if (elements == NULL)
		return 0;
	xml_shape_forget();
	xml_shape_keep(kept, (size_t)(split - kept), "urn:kept");
	if (xml_shape_find(xml, (size_t)(end - xml)) != NULL) {
		same = elements_of(xml, (size_t)(end - xml));
		assert(same != NULL && g_string_equal(same, elements));
		g_string_free(same, TRUE);
	}
	g_string_free(elements, TRUE);
	return 0;
}
