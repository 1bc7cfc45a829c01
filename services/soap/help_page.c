#include "services/soap/help_page.h"

#include <string.h>

#include <libxml/HTMLtree.h>

static const char page_style[] =
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;padding:1rem;overflow-x:auto}td,th{text-align:left;vertical-align:top;"
    "padding:.2rem 1rem .2rem 0}";

static xmlNodePtr
add(xmlNodePtr parent, const char *element, const char *text)
{
	return xmlNewTextChild(parent, NULL, BAD_CAST element, BAD_CAST text);
}

/* A page with its heading. Returns the body. */
static xmlNodePtr
page_begin(const char *title)
{
	htmlDocPtr page = htmlNewDocNoDtD(NULL, NULL);
	xmlNodePtr html = xmlNewNode(NULL, BAD_CAST "html");
	xmlNodePtr head, body, meta;

	xmlDocSetRootElement(page, html);
	xmlCreateIntSubset(page, BAD_CAST "html", NULL, NULL);
	xmlNewProp(html, BAD_CAST "lang", BAD_CAST "en");
	head = add(html, "head", NULL);
	meta = add(head, "meta", NULL);
	xmlNewProp(meta, BAD_CAST "charset", BAD_CAST "utf-8");
	add(head, "title", title);
	add(head, "style", page_style);
	body = add(html, "body", NULL);
	add(body, "h1", title);
	return body;
}

static GString *
page_end(xmlNodePtr body)
{
	xmlDocPtr page = body->doc;
	xmlChar *bytes = NULL;
	GString *text;
	int size = 0;

	htmlDocDumpMemoryFormat(page, &bytes, &size, 0);
	xmlFreeDoc(page);
	text = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return text;
}

GString *
help_page_list(const struct wsdl_document *contract)
{
	const GPtrArray *operations = wsdl_document_operations(contract);
	xmlNodePtr body = page_begin("JangoMail");
	xmlNodePtr link, list;

	link = add(add(body, "p", NULL), "a", "Service description (WSDL)");
	xmlNewProp(link, BAD_CAST "href", BAD_CAST "?WSDL");
	list = add(body, "dl", NULL);
	for (guint i = 0; i < operations->len; i++) {
		const struct wsdl_operation *operation = g_ptr_array_index(operations, i);
		char *href = g_strconcat("?op=", operation->name, NULL);

		link = add(add(list, "dt", NULL), "a", operation->name);
		xmlNewProp(link, BAD_CAST "href", BAD_CAST href);
		add(list, "dd", operation->documentation);
		g_free(href);
	}
	return page_end(body);
}

static void
parameters_add(xmlNodePtr body, const struct wsdl_operation *operation)
{
	xmlNodePtr table = add(body, "table", NULL);

	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);
		xmlNodePtr row = add(table, "tr", NULL);

		add(row, "th", parameter->name);
		add(row, "td", parameter->type);
		add(row, "td", parameter->documentation);
	}
}

static GString *
sample_soap(const struct wsdl_operation *operation, const char *url)
{
	GString *sample = g_string_new(NULL);

	g_string_printf(sample,
	    "curl %s -H 'Content-Type: text/xml; charset=utf-8' \\\n"
	    "  -H 'SOAPAction: \"" WSDL_TARGET_NAMESPACE "%s\"' --data-binary @- <<'END'\n"
	    "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\">\n"
	    "  <Body>\n    <%s xmlns=\"" WSDL_TARGET_NAMESPACE "\">\n",
	    url, operation->name, operation->name);
	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);
		const char *value = strcmp(parameter->type, "ArrayOfString") == 0
		    ? "<string>string</string>"
		    : parameter->type;

		g_string_append_printf(
		    sample, "      <%s>%s</%s>\n", parameter->name, value, parameter->name);
	}
	g_string_append_printf(sample, "    </%s>\n  </Body>\n</Envelope>\nEND", operation->name);
	return sample;
}

static GString *
sample_form(const struct wsdl_operation *operation, const char *url)
{
	GString *sample = g_string_new(NULL);

	g_string_printf(sample, "curl %s/%s", url, operation->name);
	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);

		g_string_append_printf(sample, " \\\n  --data-urlencode '%s=%s'", parameter->name,
		    strcmp(parameter->type, "ArrayOfString") == 0 ? "string" : parameter->type);
	}
	return sample;
}

static void
sample_add(xmlNodePtr body, const char *title, GString *sample)
{
	add(body, "h2", title);
	add(body, "pre", sample->str);
	g_string_free(sample, TRUE);
}

GString *
help_page_operation(const struct wsdl_operation *operation, const char *url)
{
	xmlNodePtr body = page_begin(operation->name);
	xmlNodePtr link;

	add(body, "p", operation->documentation);
	parameters_add(body, operation);
	sample_add(body, "SOAP 1.1", sample_soap(operation, url));
	add(body, "p",
	    "SOAP 1.2 is the same with the envelope's namespace "
	    "http://www.w3.org/2003/05/soap-envelope and the Content-Type application/soap+xml.");
	sample_add(body, "HTTP POST", sample_form(operation, url));
	link = add(add(body, "p", NULL), "a", "All operations");
	xmlNewProp(link, BAD_CAST "href", BAD_CAST "?");
	return page_end(body);
}
