#include "services/soap/disco_document.h"

#include <libxml/tree.h>

#include "services/soap/wsdl_document.h"

#define DISCO_NAMESPACE "http://schemas.xmlsoap.org/disco/"

/* An empty element in a namespace that it declares as its own. */
static xmlNodePtr
reference_add(xmlNodePtr root, const char *element, const char *namespace)
{
	xmlNodePtr node = xmlNewChild(root, NULL, BAD_CAST element, NULL);

	xmlSetNs(node, xmlNewNs(node, BAD_CAST namespace, NULL));
	return node;
}

static void
binding_add(xmlNodePtr root, const char *url, const char *name)
{
	xmlNodePtr soap = reference_add(root, "soap", DISCO_NAMESPACE "soap/");
	g_autofree char *binding = g_strconcat("api:", name, NULL);

	xmlNewProp(soap, BAD_CAST "address", BAD_CAST url);
	xmlNewNs(soap, BAD_CAST WSDL_TARGET_NAMESPACE, BAD_CAST "api");
	xmlNewProp(soap, BAD_CAST "binding", BAD_CAST binding);
}

GString *
disco_document(const char *url)
{
	xmlDocPtr document = xmlNewDoc(BAD_CAST "1.0");
	xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "discovery"), contract;
	g_autofree char *contract_url = g_strconcat(url, "?WSDL", NULL);
	xmlChar *bytes = NULL;
	GString *text;
	int size = 0;

	xmlDocSetRootElement(document, root);
	xmlSetNs(root, xmlNewNs(root, BAD_CAST DISCO_NAMESPACE, NULL));
	contract = reference_add(root, "contractRef", DISCO_NAMESPACE "scl/");
	xmlNewProp(contract, BAD_CAST "ref", BAD_CAST contract_url);
	xmlNewProp(contract, BAD_CAST "docRef", BAD_CAST url);
	binding_add(root, url, "JangoMailSoap");
	binding_add(root, url, "JangoMailSoap12");
	xmlDocDumpMemoryEnc(document, &bytes, &size, "utf-8");
	xmlFreeDoc(document);
	text = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return text;
}
