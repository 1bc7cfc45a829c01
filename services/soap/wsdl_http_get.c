#include "services/soap/wsdl_http_get.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

static const char post[] = "HttpPost";

/* "AddGroupHttpPostIn" -> "AddGroupHttpGetIn" */
static void
attribute_rename(xmlAttrPtr attribute)
{
	xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
	char *at = value != NULL ? strstr((char *)value, post) : NULL;
	char *renamed;

	if (at != NULL) {
		*at = '\0';
		renamed = g_strconcat((char *)value, "HttpGet", at + strlen(post), NULL);
		xmlSetProp(attribute->parent, attribute->name, BAD_CAST renamed);
		g_free(renamed);
	}
	xmlFree(value);
}

/* Parameters come in the query: <http:urlEncoded/> for <mime:content type="application/x-www-form-urlencoded"/>. */
static void
content_change(xmlNodePtr node)
{
	xmlNsPtr http = xmlSearchNs(node->doc, node, BAD_CAST "http");

	xmlNodeSetName(node, BAD_CAST "urlEncoded");
	xmlSetNs(node, http);
	xmlUnsetProp(node, BAD_CAST "type");
}

static void
tree_change(xmlNodePtr node)
{
	for (xmlAttrPtr attribute = node->properties; attribute != NULL;
	     attribute = attribute->next)
		attribute_rename(attribute);
	if (xmlStrEqual(node->name, BAD_CAST "content"))
		content_change(node);
	if (xmlHasProp(node, BAD_CAST "verb") != NULL)
		xmlSetProp(node, BAD_CAST "verb", BAD_CAST "GET");
	for (xmlNodePtr child = xmlFirstElementChild(node); child != NULL;
	     child = xmlNextElementSibling(child))
		tree_change(child);
}

/* Whether it is named after the HTTP POST binding: one of its messages, the port type, the binding, the port. */
static bool
is_of_post(xmlNodePtr node)
{
	xmlChar *name = xmlGetProp(node, BAD_CAST "name");
	bool is = name != NULL && strstr((const char *)name, post) != NULL;

	xmlFree(name);
	return is;
}

static void
children_add(xmlNodePtr parent)
{
	for (xmlNodePtr node = xmlFirstElementChild(parent); node != NULL;
	     node = xmlNextElementSibling(node)) {
		if (is_of_post(node))
			tree_change(xmlAddPrevSibling(node, xmlCopyNode(node, 1)));
		else if (xmlStrEqual(node->name, BAD_CAST "service"))
			children_add(node);
	}
}

void
wsdl_http_get_add(xmlDocPtr contract)
{
	children_add(xmlDocGetRootElement(contract));
}
