#include "services/soap/wsdl_document.h"

#include <stdbool.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "services/soap/wsdl_http_get.h"

struct wsdl_document {
	xmlDocPtr xml;
	enum wsdl_bindings bindings;
	GPtrArray *operations;
	GHashTable *by_name; /* any case -> struct wsdl_operation, of operations */
};

static void
parameter_free(gpointer data)
{
	struct wsdl_parameter *parameter = data;

	g_free(parameter->name);
	g_free(parameter->type);
	g_free(parameter->documentation);
	g_free(parameter);
}

static void
operation_free(gpointer data)
{
	struct wsdl_operation *operation = data;

	g_free(operation->name);
	g_free(operation->documentation);
	g_free(operation->result_type);
	g_ptr_array_unref(operation->parameters);
	g_free(operation);
}

/* The nodes that an XPath finds from context; to xmlXPathFreeObject(). */
static xmlXPathObjectPtr
find(xmlXPathContextPtr xpath, xmlNodePtr context, const char *path)
{
	xmlXPathSetContextNode(context, xpath);
	return xmlXPathEval(BAD_CAST path, xpath);
}

static char *
find_text(xmlXPathContextPtr xpath, xmlNodePtr context, const char *path)
{
	xmlXPathObjectPtr found = find(xpath, context, path);
	xmlChar *text = xmlXPathCastToString(found);
	char *copy = g_strdup((const char *)text);

	xmlFree(text);
	xmlXPathFreeObject(found);
	return copy;
}

/* "s:string" -> "string" */
static char *
find_type(xmlXPathContextPtr xpath, xmlNodePtr context, const char *path)
{
	char *type = find_text(xpath, context, path);
	char *colon = strchr(type, ':');

	if (colon != NULL)
		memmove(type, colon + 1, strlen(colon));
	return type;
}

static struct wsdl_parameter *
parameter_read(xmlXPathContextPtr xpath, xmlNodePtr element)
{
	struct wsdl_parameter *parameter = g_new0(struct wsdl_parameter, 1);

	parameter->name = find_text(xpath, element, "@name");
	parameter->type = find_type(xpath, element, "@type");
	parameter->documentation = find_text(xpath, element, "s:annotation/s:documentation");
	return parameter;
}

/* The elements of the schema that are within the element of that name. */
static xmlXPathObjectPtr
find_children(xmlXPathContextPtr xpath, const char *element)
{
	xmlXPathRegisterVariable(xpath, BAD_CAST "element", xmlXPathNewCString(element));
	return find(xpath, xmlDocGetRootElement(xpath->doc),
	    "wsdl:types/s:schema/s:element[@name=$element]/s:complexType/s:sequence/s:element");
}

/* A result without a named type is a document; one with a schema in front is a DataSet. */
static char *
unnamed_type(xmlXPathContextPtr xpath, xmlNodePtr result)
{
	char *schema = find_type(xpath, result, "s:complexType/s:sequence/s:element/@ref");
	bool is_dataset = strcmp(schema, "schema") == 0;

	g_free(schema);
	return is_dataset ? g_strdup(WSDL_TYPE_DATASET) : NULL;
}

static char *
result_type_read(xmlXPathContextPtr xpath, const char *operation)
{
	char *response = g_strconcat(operation, "Response", NULL);
	xmlXPathObjectPtr found = find_children(xpath, response);
	char *type = NULL;

	if (!xmlXPathNodeSetIsEmpty(found->nodesetval))
		type = find_type(xpath, found->nodesetval->nodeTab[0], "@type");
	if (type != NULL && *type == '\0') {
		g_free(type);
		type = unnamed_type(xpath, found->nodesetval->nodeTab[0]);
	}
	xmlXPathFreeObject(found);
	g_free(response);
	return type;
}

static struct wsdl_operation *
operation_read(xmlXPathContextPtr xpath, xmlNodePtr node)
{
	struct wsdl_operation *operation = g_new0(struct wsdl_operation, 1);
	xmlXPathObjectPtr found;

	operation->name = find_text(xpath, node, "@name");
	operation->documentation = find_text(xpath, node, "wsdl:documentation");
	operation->result_type = result_type_read(xpath, operation->name);
	operation->parameters = g_ptr_array_new_with_free_func(parameter_free);
	found = find_children(xpath, operation->name);
	for (int i = 0; found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++)
		g_ptr_array_add(
		    operation->parameters, parameter_read(xpath, found->nodesetval->nodeTab[i]));
	xmlXPathFreeObject(found);
	return operation;
}

static guint
name_hash(gconstpointer name)
{
	guint hash = 5381;

	for (const char *at = name; *at != '\0'; at++)
		hash = hash * 33 + (guchar)g_ascii_tolower(*at);
	return hash;
}

static gboolean
name_equal(gconstpointer name, gconstpointer other)
{
	return g_ascii_strcasecmp(name, other) == 0;
}

static void
operations_read(struct wsdl_document *document)
{
	xmlXPathContextPtr xpath = xmlXPathNewContext(document->xml);
	xmlXPathObjectPtr found;

	xmlXPathRegisterNs(xpath, BAD_CAST "wsdl", BAD_CAST "http://schemas.xmlsoap.org/wsdl/");
	xmlXPathRegisterNs(xpath, BAD_CAST "s", BAD_CAST "http://www.w3.org/2001/XMLSchema");
	found = find(xpath, xmlDocGetRootElement(document->xml),
	    "wsdl:portType[@name='JangoMailSoap']/wsdl:operation");
	for (int i = 0; found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++) {
		struct wsdl_operation *operation =
		    operation_read(xpath, found->nodesetval->nodeTab[i]);

		g_ptr_array_add(document->operations, operation);
		g_hash_table_insert(document->by_name, operation->name, operation);
	}
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(xpath);
}

struct wsdl_document *
wsdl_document_create(
    const char *text, size_t length, enum wsdl_bindings bindings, struct error *error)
{
	struct wsdl_document *document = g_new0(struct wsdl_document, 1);

	document->xml = xmlReadMemory(text, (int)length, NULL, NULL, XML_PARSE_NONET);
	document->operations = g_ptr_array_new_with_free_func(operation_free);
	document->by_name = g_hash_table_new(name_hash, name_equal);
	if (document->xml != NULL)
		operations_read(document);
	if (document->operations->len == 0) {
		error_set(error, "the WSDL in this program cannot be read");
		wsdl_document_destroy(document);
		return NULL;
	}
	document->bindings = bindings;
	if (bindings == WSDL_BINDINGS_WITH_GET)
		wsdl_http_get_add(document->xml);
	return document;
}

void
wsdl_document_destroy(struct wsdl_document *document)
{
	if (document == NULL)
		return;
	g_hash_table_unref(document->by_name);
	g_ptr_array_unref(document->operations);
	xmlFreeDoc(document->xml);
	g_free(document);
}

enum wsdl_bindings
wsdl_document_bindings(const struct wsdl_document *document)
{
	return document->bindings;
}

const GPtrArray *
wsdl_document_operations(const struct wsdl_document *document)
{
	return document->operations;
}

const struct wsdl_operation *
wsdl_document_find(const struct wsdl_document *document, const char *name)
{
	return g_hash_table_lookup(document->by_name, name);
}

/* soap:address, soap12:address and http:address alike. */
static void
addresses_set(xmlNodePtr service, const char *url)
{
	for (xmlNodePtr port = xmlFirstElementChild(service); port != NULL;
	     port = xmlNextElementSibling(port))
		for (xmlNodePtr node = xmlFirstElementChild(port); node != NULL;
		     node = xmlNextElementSibling(node))
			if (xmlStrEqual(node->name, BAD_CAST "address"))
				xmlSetProp(node, BAD_CAST "location", BAD_CAST url);
}

GString *
wsdl_document_publish(const struct wsdl_document *document, const char *url)
{
	xmlDocPtr copy = xmlCopyDoc(document->xml, 1);
	xmlChar *bytes = NULL;
	GString *text;
	int size = 0;

	for (xmlNodePtr node = xmlFirstElementChild(xmlDocGetRootElement(copy)); node != NULL;
	     node = xmlNextElementSibling(node))
		if (xmlStrEqual(node->name, BAD_CAST "service"))
			addresses_set(node, url);
	xmlDocDumpMemoryEnc(copy, &bytes, &size, "utf-8");
	xmlFreeDoc(copy);
	text = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return text;
}
