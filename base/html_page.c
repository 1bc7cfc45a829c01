#include "base/html_page.h"

#include <libxml/HTMLtree.h>

xmlNodePtr
html_page_add(xmlNodePtr parent, const char *element, const char *text)
{
	return xmlNewTextChild(parent, NULL, BAD_CAST element, BAD_CAST text);
}

void
html_page_set(xmlNodePtr element, const char *attribute, const char *value)
{
	xmlNewProp(element, BAD_CAST attribute, BAD_CAST value);
}

void
html_page_say(xmlNodePtr element, const char *text)
{
	xmlAddChild(element, xmlNewText(BAD_CAST text));
}

xmlNodePtr
html_page_begin(const char *title, const char *style)
{
	htmlDocPtr page = htmlNewDocNoDtD(NULL, NULL);
	xmlNodePtr html = xmlNewNode(NULL, BAD_CAST "html");
	xmlNodePtr head, meta;

	xmlDocSetRootElement(page, html);
	xmlCreateIntSubset(page, BAD_CAST "html", NULL, NULL);
	html_page_set(html, "lang", "en");
	head = html_page_add(html, "head", NULL);
	meta = html_page_add(head, "meta", NULL);
	html_page_set(meta, "charset", "utf-8");
	meta = html_page_add(head, "meta", NULL);
	html_page_set(meta, "name", "viewport");
	html_page_set(meta, "content", "width=device-width, initial-scale=1");
	html_page_add(head, "title", title);
	html_page_add(head, "style", style);
	return html_page_add(html, "body", NULL);
}

void
html_page_link_alternate(xmlNodePtr body, const char *type, const char *href)
{
	xmlNodePtr link = html_page_add(body->prev, "link", NULL);

	html_page_set(link, "rel", "alternate");
	html_page_set(link, "type", type);
	html_page_set(link, "href", href);
}

GString *
html_page_end(xmlNodePtr element)
{
	xmlDocPtr page = element->doc;
	xmlChar *bytes = NULL;
	GString *text;
	int size = 0;

	htmlDocDumpMemoryFormat(page, &bytes, &size, 0);
	xmlFreeDoc(page);
	text = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return text;
}
