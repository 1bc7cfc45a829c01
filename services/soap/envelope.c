#include "services/soap/envelope.h"

#include <string.h>

#include <soapH.h>
#include "JangoMailSoap.nsmap"

#include "services/soap/asmx_envelope.h"
#include "services/soap/operation.h"
#include "services/soap/report_writer.h"
#include "services/soap/xml_gate.h"

#define NAMESPACE_SOAP_11 "http://schemas.xmlsoap.org/soap/envelope/"
#define NAMESPACE_SOAP_12 "http://www.w3.org/2003/05/soap-envelope"

enum {
	ENVELOPE_ARRAY_MAX = 10000, /* elements of one array */
	/* Children are known by their local names, in whatever namespace a client put them. */
	ENVELOPE_READ_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_IGNORENS,
	ENVELOPE_WRITE_MODE = SOAP_ENC_PLAIN | SOAP_C_UTFSTRING | SOAP_XML_TREE | SOAP_XML_NOTYPE
};

/* What soap->user points at: operations see its first member, the two streams the rest. */
struct envelope_call {
	struct operation operation;
	const char *input;
	size_t input_left;
	GString *output;
};

static size_t
call_read(struct soap *soap, char *buffer, size_t size)
{
	struct envelope_call *call = soap->user;

	size = MIN(size, call->input_left);
	memcpy(buffer, call->input, size);
	call->input += size;
	call->input_left -= size;
	return size;
}

static int
call_write(struct soap *soap, const char *bytes, size_t length)
{
	struct envelope_call *call = soap->user;

	g_string_append_len(call->output, bytes, (gssize)length);
	return SOAP_OK;
}

static struct soap *
envelope_context(struct envelope_call *call)
{
	struct soap *soap = soap_new2(ENVELOPE_READ_MODE, ENVELOPE_WRITE_MODE);

	soap_set_namespaces(soap, namespaces);
	soap->maxlevel = XML_GATE_DEPTH_MAX;
	soap->maxoccurs = ENVELOPE_ARRAY_MAX;
	soap->user = call;
	soap->frecv = call_read;
	soap->fsend = call_write;
	soap_begin(soap);
	return soap;
}

static void
envelope_context_free(struct soap *soap)
{
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

/* The fault in soap becomes the answer, in place of what was written of a response. */
static void
envelope_send_fault(struct soap *soap, struct envelope_answer *answer)
{
	bool is_callers = strstr(*soap_faultcode(soap), "Sender") != NULL;

	answer->exception = g_strdup(exception_line(soap));
	answer->status = answer->version == ENVELOPE_SOAP_12 && is_callers ? 400 : 500;
	g_string_truncate(answer->xml, 0);
	asmx_fault_send(soap);
}

/* What the body's element says is called: as much of it as there is room for. */
static void
envelope_note_name(struct soap *soap)
{
	struct envelope_call *call = soap->user;
	const char *colon;

	if (soap_peek_element(soap) != SOAP_OK)
		return;
	colon = strchr(soap->tag, ':');
	g_strlcpy(call->operation.name, colon != NULL ? colon + 1 : soap->tag,
	    sizeof(call->operation.name));
}

static bool
envelope_read_and_call(struct soap *soap)
{
	if (soap_begin_recv(soap) != SOAP_OK || soap_envelope_begin_in(soap) != SOAP_OK ||
	    soap_recv_header(soap) != SOAP_OK || soap_body_begin_in(soap) != SOAP_OK)
		return false;
	soap->header = NULL; /* the request's; the answer has none */
	envelope_note_name(soap);
	return soap_serve_request(soap) == SOAP_OK;
}

static void
envelope_run(struct soap *soap, struct envelope_answer *answer)
{
	if (envelope_read_and_call(soap)) {
		answer->status = 200;
	} else {
		if (soap->error != SOAP_FAULT)
			exception_throw_protocol(soap);
		envelope_send_fault(soap, answer);
	}
}

/* Which SOAP it is, by the namespace of its envelope. */
static bool
version_of_namespace(const char *namespace, enum envelope_version *version)
{
	if (strcmp(namespace, NAMESPACE_SOAP_11) == 0)
		*version = ENVELOPE_SOAP_11;
	else if (strcmp(namespace, NAMESPACE_SOAP_12) == 0)
		*version = ENVELOPE_SOAP_12;
	else
		return false;
	return true;
}

/* utf8: replaces the request's bytes, or NULL. */
static void
envelope_call(struct operation *operation, const struct envelope_request *request,
    const GString *utf8, struct envelope_answer *answer)
{
	struct envelope_call call = {
	    .operation = *operation,
	    .input = utf8 != NULL ? utf8->str : request->xml,
	    .input_left = utf8 != NULL ? utf8->len : request->length,
	    .output = g_string_new(NULL),
	};
	struct soap *soap = envelope_context(&call);

	answer->xml = call.output;
	envelope_run(soap, answer);
	envelope_context_free(soap);
	report_writer_destroy(call.operation.report);
	operation->report_claim = call.operation.report_claim;
	operation->delay = call.operation.delay;
	operation->account = call.operation.account;
	memcpy(operation->name, call.operation.name, sizeof(operation->name));
}

void
envelope_serve(struct operation *operation, const struct envelope_request *request,
    struct envelope_answer *answer)
{
	struct error error;
	GString *utf8;
	char *namespace;
	char sentence[sizeof(error.text) + 32];

	*answer = (struct envelope_answer){0};
	if (!xml_gate_pass(
		request->xml, request->length, request->charset, &utf8, &namespace, &error)) {
		snprintf(sentence, sizeof(sentence), "The request %s.", error.text);
		envelope_refuse(request->guess, EXCEPTION_INVALID_REQUEST, sentence, answer);
		return;
	}
	if (version_of_namespace(namespace, &answer->version))
		envelope_call(operation, request, utf8, answer);
	else
		envelope_refuse(request->guess, EXCEPTION_INVALID_REQUEST,
		    "The request is no SOAP 1.1 or SOAP 1.2 envelope.", answer);
	g_free(namespace);
	if (utf8 != NULL)
		g_string_free(utf8, TRUE);
}

void
envelope_refuse(enum envelope_version version, enum exception exception, const char *sentence,
    struct envelope_answer *answer)
{
	struct envelope_call call = {.output = g_string_new(NULL)};
	struct soap *soap = envelope_context(&call);

	*answer = (struct envelope_answer){.version = version, .xml = call.output};
	soap_set_version(soap, (short)version);
	exception_throw(soap, exception, "%s", sentence);
	envelope_send_fault(soap, answer);
	envelope_context_free(soap);
}
