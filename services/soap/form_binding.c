#include "services/soap/form_binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "services/soap/content_type.h"
#include "services/soap/envelope.h"
#include "services/soap/form.h"
#include "services/soap/operation.h"

static const char answer_prolog[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n";

static bool
refuse(GString *body, enum exception exception, const char *sentence)
{
	g_string_printf(body, "%s: %s\r\n", exception_name(exception), sentence);
	return false;
}

/* What a client of the form binding is told of a number that is none; SOAP clients cannot send one by mistake. */
static bool
number_is_good(const struct wsdl_parameter *parameter, const char *value)
{
	bool is_int = strcmp(parameter->type, "int") == 0;
	char *trimmed = g_strstrip(g_strdup(value));
	bool good = is_int
	    ? g_ascii_string_to_signed(trimmed, 10, G_MININT32, G_MAXINT32, NULL, NULL)
	    : g_ascii_string_to_signed(trimmed, 10, G_MININT64, G_MAXINT64, NULL, NULL);

	g_free(trimmed);
	return good;
}

/* An array's elements are fields of one name. */
static bool
array_write(xmlTextWriterPtr writer, const char *name, const GPtrArray *form)
{
	const char *value;
	guint index = 0;
	bool given = false;

	xmlTextWriterStartElement(writer, BAD_CAST name);
	while ((value = form_next(form, name, &index)) != NULL) {
		xmlTextWriterWriteElement(writer, BAD_CAST "string", BAD_CAST value);
		given = true;
	}
	xmlTextWriterEndElement(writer);
	return given;
}

static bool
parameter_write(xmlTextWriterPtr writer, const struct wsdl_parameter *parameter,
    const GPtrArray *form, GString *body)
{
	const char *value;
	guint index = 0;
	char *sentence;

	if (strcmp(parameter->type, "ArrayOfString") == 0) {
		if (array_write(writer, parameter->name, form))
			return true;
	} else if ((value = form_next(form, parameter->name, &index)) != NULL) {
		xmlTextWriterWriteElement(writer, BAD_CAST parameter->name, BAD_CAST value);
		if (strcmp(parameter->type, "string") == 0 || number_is_good(parameter, value))
			return true;
		sentence = g_strdup_printf("%s is no number.", parameter->name);
		refuse(body, EXCEPTION_INVALID_REQUEST, sentence);
		g_free(sentence);
		return false;
	}
	g_string_printf(body, "Missing parameter: %s.\r\n", parameter->name);
	return false;
}

/* The envelope of the call; NULL when the form lacks something: body says what. */
static xmlBufferPtr
envelope_write(const struct wsdl_operation *called, const GPtrArray *form, GString *body)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
	bool complete = true;

	xmlTextWriterStartElementNS(writer, BAD_CAST "s", BAD_CAST "Envelope",
	    BAD_CAST "http://schemas.xmlsoap.org/soap/envelope/");
	xmlTextWriterStartElementNS(writer, BAD_CAST "s", BAD_CAST "Body", NULL);
	xmlTextWriterStartElementNS(
	    writer, NULL, BAD_CAST called->name, BAD_CAST WSDL_TARGET_NAMESPACE);
	for (guint i = 0; i < called->parameters->len && complete; i++)
		complete =
		    parameter_write(writer, g_ptr_array_index(called->parameters, i), form, body);
	xmlTextWriterEndDocument(writer);
	xmlFreeTextWriter(writer);
	if (complete)
		return buffer;
	xmlBufferFree(buffer);
	return NULL;
}

/* What stands between <OpResult> and </OpResult>, escaped as it must be. The envelope is gSOAP's, so its form is known. */
static void
result_take(const struct wsdl_operation *called, const GString *envelope, GString *body)
{
	char *open = g_strdup_printf("<%sResult>", called->name);
	char *close = g_strdup_printf("</%sResult>", called->name);
	const char *start = strstr(envelope->str, open);
	const char *end = g_strrstr_len(envelope->str, (gssize)envelope->len, close);
	size_t length = 0;

	if (start != NULL && end != NULL) {
		start += strlen(open);
		length = (size_t)(end - start);
	}
	g_string_assign(body, answer_prolog);
	if (called->result_type != NULL)
		g_string_append_printf(
		    body, "<%s xmlns=\"" WSDL_TARGET_NAMESPACE "\">", called->result_type);
	g_string_append_len(body, start, (gssize)length);
	if (called->result_type != NULL)
		g_string_append_printf(body, "</%s>", called->result_type);
	g_free(open);
	g_free(close);
}

static bool
form_call(const struct wsdl_operation *called, struct envelope_host *host,
    struct operation *operation, const GPtrArray *form, GString *body)
{
	xmlBufferPtr envelope = envelope_write(called, form, body);
	struct envelope_answer answer;
	struct envelope_request request = {.guess = ENVELOPE_SOAP_11};
	bool succeeded;

	if (envelope == NULL)
		return false;
	request.xml = (const char *)xmlBufferContent(envelope);
	request.length = (size_t)xmlBufferLength(envelope);
	envelope_serve(host, operation, &request, &answer);
	succeeded = answer.exception == NULL;
	if (succeeded)
		result_take(called, answer.xml, body);
	else
		g_string_printf(body, "%s\r\n", answer.exception);
	g_string_free(answer.xml, TRUE);
	g_free(answer.exception);
	xmlBufferFree(envelope);
	return succeeded;
}

static GPtrArray *
fields_parse(const struct form_request *request, struct error *error)
{
	GPtrArray *fields;
	char *charset;

	if (!content_type_may_be_form(request->content_type)) {
		error_set(error, "is %.80s; a form is application/x-www-form-urlencoded",
		    request->content_type);
		return NULL;
	}
	charset = content_type_charset(request->content_type);
	fields = form_parse(request->text, request->length, charset, error);
	g_free(charset);
	return fields;
}

bool
form_binding_call(const struct wsdl_document *contract, struct envelope_host *host,
    struct operation *operation, const char *name, const struct form_request *request,
    GString *body)
{
	const struct wsdl_operation *called = wsdl_document_find(contract, name);
	GPtrArray *fields;
	struct error error;
	char *sentence;
	bool succeeded;

	if (called == NULL)
		return refuse(body, EXCEPTION_UNKNOWN_OPERATION, "There is no such operation.");
	g_strlcpy(operation->name, called->name, sizeof(operation->name));
	fields = fields_parse(request, &error);
	if (fields == NULL) {
		sentence = g_strdup_printf("The request %s.", error.text);
		refuse(body, EXCEPTION_INVALID_REQUEST, sentence);
		g_free(sentence);
		return false;
	}
	succeeded = form_call(called, host, operation, fields, body);
	g_ptr_array_unref(fields);
	return succeeded;
}
