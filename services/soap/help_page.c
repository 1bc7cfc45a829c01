#include "services/soap/help_page.h"

#include <string.h>

#include "base/html_page.h"

#include "services/soap/help_sample.h"

static const char page_style[] =
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "h1{overflow-wrap:anywhere}h2{margin-top:2.5rem}dt{margin-top:.7rem}dd{margin-left:0}"
    "pre{background:#8881;border-left:3px solid #8885;padding:1rem;overflow-x:auto;font-size:.9rem}"
    "table{border-collapse:collapse;width:100%}tr{border-top:1px solid #8884}"
    "td,th{text-align:left;vertical-align:top;padding:.4rem 1rem .4rem 0}th{font-weight:600}"
    "td:last-child{width:30%;padding-right:0}"
    "input,textarea{font:inherit;box-sizing:border-box;width:100%;padding:.2rem .4rem}"
    "button{font:inherit;margin-top:1rem;padding:.4rem 1.5rem}"
    "@media(max-width:40rem){tr{display:block;padding:.5rem 0}"
    "td,th{display:inline-block;padding:.1rem .6rem .1rem 0}td:last-child{width:100%}}";

/* A page with its heading. Returns the body. */
static xmlNodePtr
page_begin(const char *title)
{
	xmlNodePtr body = html_page_begin(title, page_style);

	html_page_add(body, "h1", title);
	return body;
}

GString *
help_page_list(const struct wsdl_document *contract, const char *url)
{
	const GPtrArray *operations = wsdl_document_operations(contract);
	xmlNodePtr body = page_begin("JangoMail");
	g_autofree char *discovery = g_strconcat(url, "?disco", NULL);
	xmlNodePtr link, list;

	html_page_link_alternate(body, "text/xml", discovery);
	link = html_page_add(html_page_add(body, "p", NULL), "a", "Service description (WSDL)");
	html_page_set(link, "href", "?WSDL");
	list = html_page_add(body, "dl", NULL);
	for (guint i = 0; i < operations->len; i++) {
		const struct wsdl_operation *operation = g_ptr_array_index(operations, i);
		char *href = g_strconcat("?op=", operation->name, NULL);

		link = html_page_add(html_page_add(list, "dt", NULL), "a", operation->name);
		html_page_set(link, "href", href);
		html_page_add(list, "dd", operation->documentation);
		g_free(href);
	}
	return html_page_end(body);
}

/* Where a value is typed: text may have lines, and grows. */
static void
input_add(xmlNodePtr parent, const struct wsdl_parameter *parameter)
{
	bool is_password = strcmp(parameter->name, "Password") == 0;
	bool is_number =
	    strcmp(parameter->type, "int") == 0 || strcmp(parameter->type, "long") == 0;
	xmlNodePtr input =
	    html_page_add(parent, is_password || is_number ? "input" : "textarea", "");

	html_page_set(input, "name", parameter->name);
	html_page_set(input, "id", parameter->name);
	if (is_password || is_number)
		xmlNewProp(input, BAD_CAST "type", BAD_CAST(is_password ? "password" : "number"));
	else
		html_page_set(input, "rows", "1");
	if (is_number)
		html_page_set(input, "required", "required");
	html_page_set(input, "autocomplete", "off");
}

static void
parameter_add(xmlNodePtr table, const struct wsdl_parameter *parameter)
{
	xmlNodePtr row = html_page_add(table, "tr", NULL);
	xmlNodePtr label = html_page_add(html_page_add(row, "th", NULL), "label", parameter->name);

	html_page_set(label, "for", parameter->name);
	html_page_add(row, "td", parameter->type);
	html_page_add(row, "td", parameter->documentation);
	input_add(html_page_add(row, "td", NULL), parameter);
}

/* The parameters, each with a place for its value; the button calls the operation by HTTP POST. */
static void
form_add(xmlNodePtr body, const struct wsdl_operation *operation, const char *url)
{
	xmlNodePtr form = html_page_add(body, "form", NULL);
	xmlNodePtr table = html_page_add(form, "table", NULL);
	xmlNodePtr button;
	char *action = g_strconcat(url, "/", operation->name, NULL);

	html_page_set(form, "method", "post");
	html_page_set(form, "action", action);
	html_page_set(form, "target", "_blank");
	g_free(action);
	for (guint i = 0; i < operation->parameters->len; i++)
		parameter_add(table, g_ptr_array_index(operation->parameters, i));
	button = html_page_add(form, "button", "Try it");
	html_page_set(button, "type", "submit");
}

static void
sample_add(xmlNodePtr body, GString *sample)
{
	html_page_add(body, "pre", sample->str);
	g_string_free(sample, TRUE);
}

static void
samples_add(xmlNodePtr body, const struct wsdl_document *contract,
    const struct wsdl_operation *operation, const char *url)
{
	static const struct {
		enum help_sample_binding binding;
		const char *title;
	} bindings[] = {{HELP_SAMPLE_SOAP_11, "SOAP 1.1"}, {HELP_SAMPLE_SOAP_12, "SOAP 1.2"},
	    {HELP_SAMPLE_HTTP_GET, "HTTP GET"}, {HELP_SAMPLE_HTTP_POST, "HTTP POST"}};

	for (size_t i = 0; i < G_N_ELEMENTS(bindings); i++) {
		if (bindings[i].binding == HELP_SAMPLE_HTTP_GET &&
		    wsdl_document_bindings(contract) != WSDL_BINDINGS_WITH_GET)
			continue;
		html_page_add(body, "h2", bindings[i].title);
		sample_add(body, help_sample_request(operation, bindings[i].binding, url));
		sample_add(body, help_sample_response(operation, bindings[i].binding));
	}
}

GString *
help_page_operation(
    const struct wsdl_document *contract, const struct wsdl_operation *operation, const char *url)
{
	xmlNodePtr body = page_begin(operation->name);
	xmlNodePtr link = html_page_add(html_page_add(body, "p", NULL), "a", "All operations");

	html_page_set(link, "href", "?");
	html_page_add(body, "p", operation->documentation);
	form_add(body, operation, url);
	html_page_add(body, "h2", "From a shell");
	sample_add(body, help_sample_curl(operation, HELP_SAMPLE_HTTP_POST, url));
	sample_add(body, help_sample_curl(operation, HELP_SAMPLE_SOAP_11, url));
	samples_add(body, contract, operation, url);
	return html_page_end(body);
}
