#include "services/soap/help_sample.h"

#include <string.h>

#include <libxml/xmlwriter.h>

static const char array_prefix[] = "ArrayOf";

/* What each version of SOAP has of its own. */
static const struct soap_flavour {
	const char *prefix;
	const char *namespace;
	const char *content_type;
} soap_flavours[] = {
    [HELP_SAMPLE_SOAP_11] = {"soap", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml"},
    [HELP_SAMPLE_SOAP_12] = {"soap12", "http://www.w3.org/2003/05/soap-envelope",
	"application/soap+xml"},
};

static bool
is_array(const char *type)
{
	return g_str_has_prefix(type, array_prefix);
}

/* The element of an array: "ArrayOfString" -> "string". The caller's. */
static char *
array_element(const char *type)
{
	return g_ascii_strdown(type + strlen(array_prefix), -1);
}

/* The content of an element of that type; NULL: an XML document. */
static void
value_write(xmlTextWriterPtr writer, const char *type)
{
	char *element;

	if (type == NULL) {
		xmlTextWriterWriteElement(writer, BAD_CAST "xml", NULL);
	} else if (strcmp(type, WSDL_TYPE_DATASET) == 0) {
		xmlTextWriterWriteElementNS(writer, BAD_CAST "xs", BAD_CAST "schema",
		    BAD_CAST "http://www.w3.org/2001/XMLSchema", BAD_CAST "schema");
		xmlTextWriterWriteElement(writer, BAD_CAST "xml", NULL);
	} else if (is_array(type)) {
		element = array_element(type);
		xmlTextWriterWriteElement(writer, BAD_CAST element, BAD_CAST element);
		xmlTextWriterWriteElement(writer, BAD_CAST element, BAD_CAST element);
		g_free(element);
	} else {
		xmlTextWriterWriteString(writer, BAD_CAST type);
	}
}

static void
element_write(xmlTextWriterPtr writer, const char *name, const char *type)
{
	xmlTextWriterStartElement(writer, BAD_CAST name);
	value_write(writer, type);
	xmlTextWriterEndElement(writer);
}

static xmlTextWriterPtr
document_begin(xmlBufferPtr *buffer)
{
	xmlTextWriterPtr writer;

	*buffer = xmlBufferCreate();
	writer = xmlNewTextWriterMemory(*buffer, 0);
	xmlTextWriterSetIndent(writer, 1);
	xmlTextWriterSetIndentString(writer, BAD_CAST "  ");
	xmlTextWriterStartDocument(writer, NULL, "utf-8", NULL);
	return writer;
}

static GString *
document_end(xmlTextWriterPtr writer, xmlBufferPtr buffer)
{
	GString *text;

	xmlTextWriterEndDocument(writer);
	xmlFreeTextWriter(writer);
	text = g_string_new((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return text;
}

/* An envelope; fill() writes what is within the operation's element. */
static GString *
envelope_write(const struct wsdl_operation *operation, enum help_sample_binding binding,
    const char *suffix, void (*fill)(xmlTextWriterPtr, const struct wsdl_operation *))
{
	const struct soap_flavour *flavour = &soap_flavours[binding];
	char *element = g_strconcat(operation->name, suffix, NULL);
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = document_begin(&buffer);

	xmlTextWriterStartElementNS(
	    writer, BAD_CAST flavour->prefix, BAD_CAST "Envelope", BAD_CAST flavour->namespace);
	xmlTextWriterStartElementNS(writer, BAD_CAST flavour->prefix, BAD_CAST "Body", NULL);
	xmlTextWriterStartElementNS(writer, NULL, BAD_CAST element, BAD_CAST WSDL_TARGET_NAMESPACE);
	fill(writer, operation);
	g_free(element);
	return document_end(writer, buffer);
}

static void
parameters_fill(xmlTextWriterPtr writer, const struct wsdl_operation *operation)
{
	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);

		element_write(writer, parameter->name, parameter->type);
	}
}

static void
result_fill(xmlTextWriterPtr writer, const struct wsdl_operation *operation)
{
	char *element = g_strconcat(operation->name, "Result", NULL);

	element_write(writer, element, operation->result_type);
	g_free(element);
}

static void
pair_append(GString *text, const char *name, const char *value)
{
	if (text->len > 0)
		g_string_append_c(text, '&');
	g_string_append_printf(text, "%s=%s", name, value);
}

/* "Username=string&Password=string" */
static GString *
form_text(const struct wsdl_operation *operation)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);
		char *element = is_array(parameter->type) ? array_element(parameter->type) : NULL;

		pair_append(text, parameter->name, element != NULL ? element : parameter->type);
		if (element != NULL)
			pair_append(text, parameter->name, element);
		g_free(element);
	}
	return text;
}

/* Host and path of a URL, each the caller's. */
static void
url_split(const char *url, char **host, char **path)
{
	const char *start = strstr(url, "://");
	size_t length;

	start = start != NULL ? start + strlen("://") : url;
	length = strcspn(start, "/");
	*host = g_strndup(start, length);
	*path = g_strdup(start + length);
}

static bool
is_soap(enum help_sample_binding binding)
{
	return binding == HELP_SAMPLE_SOAP_11 || binding == HELP_SAMPLE_SOAP_12;
}

static void
soap_request_append(GString *text, const struct wsdl_operation *operation,
    enum help_sample_binding binding, const char *host, const char *path)
{
	GString *envelope = envelope_write(operation, binding, "", parameters_fill);

	g_string_append_printf(text,
	    "POST %s HTTP/1.1\nHost: %s\nContent-Type: %s; charset=utf-8\n"
	    "Content-Length: length\n",
	    path, host, soap_flavours[binding].content_type);
	if (binding == HELP_SAMPLE_SOAP_11)
		g_string_append_printf(
		    text, "SOAPAction: \"" WSDL_TARGET_NAMESPACE "%s\"\n", operation->name);
	g_string_append_printf(text, "\n%s", envelope->str);
	g_string_free(envelope, TRUE);
}

static void
form_request_append(GString *text, const struct wsdl_operation *operation,
    enum help_sample_binding binding, const char *host, const char *path)
{
	GString *form = form_text(operation);

	if (binding == HELP_SAMPLE_HTTP_GET)
		g_string_append_printf(text, "GET %s/%s?%s HTTP/1.1\nHost: %s\n", path,
		    operation->name, form->str, host);
	else
		g_string_append_printf(text,
		    "POST %s/%s HTTP/1.1\nHost: %s\n"
		    "Content-Type: application/x-www-form-urlencoded\n"
		    "Content-Length: length\n\n%s\n",
		    path, operation->name, host, form->str);
	g_string_free(form, TRUE);
}

GString *
help_sample_request(
    const struct wsdl_operation *operation, enum help_sample_binding binding, const char *url)
{
	GString *text = g_string_new(NULL);
	char *host, *path;

	url_split(url, &host, &path);
	if (is_soap(binding))
		soap_request_append(text, operation, binding, host, path);
	else
		form_request_append(text, operation, binding, host, path);
	g_free(host);
	g_free(path);
	return text;
}

/* <string xmlns="http://api.jangomail.com/">string</string>, or a document as it is. */
static GString *
form_result(const struct wsdl_operation *operation)
{
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer = document_begin(&buffer);

	if (operation->result_type != NULL)
		xmlTextWriterStartElementNS(
		    writer, NULL, BAD_CAST operation->result_type, BAD_CAST WSDL_TARGET_NAMESPACE);
	value_write(writer, operation->result_type);
	return document_end(writer, buffer);
}

GString *
help_sample_response(const struct wsdl_operation *operation, enum help_sample_binding binding)
{
	const char *type = is_soap(binding) ? soap_flavours[binding].content_type : "text/xml";
	GString *body = is_soap(binding)
	    ? envelope_write(operation, binding, "Response", result_fill)
	    : form_result(operation);
	char *head = g_strdup_printf(
	    "HTTP/1.1 200 OK\nContent-Type: %s; charset=utf-8\nContent-Length: length\n\n", type);

	g_string_prepend(body, head);
	g_free(head);
	return body;
}

static GString *
curl_form(const struct wsdl_operation *operation, const char *url)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "curl %s/%s", url, operation->name);
	for (guint i = 0; i < operation->parameters->len; i++) {
		const struct wsdl_parameter *parameter =
		    g_ptr_array_index(operation->parameters, i);

		g_string_append_printf(text, " \\\n  --data-urlencode '%s=%s'", parameter->name,
		    is_array(parameter->type) ? "string" : parameter->type);
	}
	return text;
}

static GString *
curl_soap(const struct wsdl_operation *operation, const char *url)
{
	GString *envelope = envelope_write(operation, HELP_SAMPLE_SOAP_11, "", parameters_fill);
	GString *text = g_string_new(NULL);

	g_string_printf(text,
	    "curl %s -H 'Content-Type: text/xml; charset=utf-8' \\\n"
	    "  -H 'SOAPAction: \"" WSDL_TARGET_NAMESPACE "%s\"' --data-binary @- <<'END'\n%sEND",
	    url, operation->name, envelope->str);
	g_string_free(envelope, TRUE);
	return text;
}

GString *
help_sample_curl(
    const struct wsdl_operation *operation, enum help_sample_binding binding, const char *url)
{
	return is_soap(binding) ? curl_soap(operation, url) : curl_form(operation, url);
}
