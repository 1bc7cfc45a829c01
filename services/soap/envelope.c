#include "services/soap/envelope.h"

#include <string.h>

#include <soapH.h>

#include "services/soap/asmx_envelope.h"
#include "services/soap/envelope_host.h"
#include "services/soap/operation_wait.h"
#include "services/soap/report_writer.h"
#include "services/soap/xml_gate.h"
#include "services/soap/xml_text.h"

#define NAMESPACE_SOAP_11 "http://schemas.xmlsoap.org/soap/envelope/"
#define NAMESPACE_SOAP_12 "http://www.w3.org/2003/05/soap-envelope"

static const struct operation_entry {
	const char *name;
	int (*serve)(struct soap *soap);
} operation_table[] = {
#include "operation_table.inc"
};

/* What soap->user points at: operations see its first member, the two streams the rest. */
struct envelope_call {
	struct operation operation;
	struct envelope_host *host;
	struct soap *soap; /* NULL while the call waits */
	const char *input;
	size_t input_left;
	GString *utf8; /* replaces the request's bytes, or NULL */
	struct envelope_answer answer;
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

	g_string_append_len(call->answer.xml, bytes, (gssize)length);
	return SOAP_OK;
}

static void
call_take_context(struct envelope_call *call)
{
	call->soap = envelope_host_take(call->host);
	call->soap->user = call;
	call->soap->frecv = call_read;
	call->soap->fsend = call_write;
	call->soap->error = SOAP_OK;
}

static void
call_give_context(struct envelope_call *call)
{
	envelope_host_give(call->host, call->soap);
	call->soap = NULL;
}

/* The fault in soap becomes the answer, in place of what was written of a response. */
static void
call_send_fault(struct envelope_call *call)
{
	struct envelope_answer *answer = &call->answer;
	bool is_callers;

	if (call->soap->error != SOAP_FAULT)
		exception_throw_protocol(call->soap);
	is_callers = strstr(*soap_faultcode(call->soap), "Sender") != NULL;
	answer->exception = g_strdup(exception_line(call->soap));
	answer->status = answer->version == ENVELOPE_SOAP_12 && is_callers ? 400 : 500;
	g_string_truncate(answer->xml, 0);
	asmx_fault_send(call->soap);
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

static int
entry_compare(const void *name, const void *entry)
{
	return strcmp(name, ((const struct operation_entry *)entry)->name);
}

/* What soap_serve_request() does, which compares the name with one after the other. */
static int
operation_serve(struct soap *soap)
{
	const struct envelope_call *call = soap->user;
	const struct operation_entry *entry = bsearch(call->operation.name, operation_table,
	    G_N_ELEMENTS(operation_table), sizeof(*operation_table), entry_compare);

	return entry != NULL ? entry->serve(soap) : soap_serve_request(soap);
}

static int
envelope_read_and_call(struct soap *soap)
{
	const struct envelope_call *call = soap->user;

	if (envelope_host_begin_recv(soap, call->input) != SOAP_OK ||
	    soap_envelope_begin_in(soap) != SOAP_OK || soap_recv_header(soap) != SOAP_OK ||
	    soap_body_begin_in(soap) != SOAP_OK)
		return soap->error;
	soap->header = NULL; /* the request's; the answer has none */
	envelope_note_name(soap);
	return operation_serve(soap);
}

/* error: of the operation, or of what was written of its response. */
static void
call_ended(struct envelope_call *call, int error)
{
	if (error == SOAP_OK)
		call->answer.status = 200;
	else if (error != SOAP_STOP || !call->operation.may_wait)
		call_send_fault(call);
}

/* An empty result. length: of what stands before it. soap keeps nothing back: what it was given is there already. */
static int
result_put(struct soap *soap, const char *name, size_t *length)
{
	const struct envelope_call *call = soap->user;
	char response[OPERATION_NAME_BYTES + 32], result[OPERATION_NAME_BYTES + 32];

	g_snprintf(response, sizeof(response), "jango:%sResponse", name);
	g_snprintf(result, sizeof(result), "jango:%sResult", name);
	if (soap_element_begin_out(soap, response, -1, "") ||
	    soap_element_begin_out(soap, result, -1, ""))
		return soap->error;
	*length = call->answer.xml->len;
	if (soap_element_end_out(soap, result))
		return soap->error;
	return soap_element_end_out(soap, response);
}

/* Has gSOAP write a response once, and takes it apart. NULL: soap->error says why. */
static const struct envelope_frame *
frame_make(struct soap *soap, const char *name)
{
	const struct envelope_call *call = soap->user;
	GString *xml = call->answer.xml;
	const struct envelope_frame *frame;
	size_t length = 0;

	soap->encodingStyle = NULL;
	if (soap_begin_send(soap) || asmx_envelope_begin_out(soap) || asmx_body_begin_out(soap) ||
	    result_put(soap, name, &length) || asmx_body_end_out(soap) ||
	    asmx_envelope_end_out(soap) || soap_end_send(soap))
		return NULL;
	frame = envelope_host_keep_frame(call->host, soap->version, name, xml, length);
	g_string_truncate(xml, 0);
	return frame;
}

int
operation_respond(struct soap *soap, const char *name, const char *text)
{
	const struct envelope_call *call = soap->user;
	GString *xml = call->answer.xml;
	const struct envelope_frame *frame =
	    envelope_host_find_frame(call->host, soap->version, name);

	if (frame == NULL && (frame = frame_make(soap, name)) == NULL)
		return soap->error;
	g_string_append(xml, frame->begin);
	xml_text_append(xml, text);
	g_string_append(xml, frame->end);
	return SOAP_OK;
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

static void
call_refuse(struct envelope_call *call, enum envelope_version version, enum exception exception,
    const char *sentence)
{
	call_take_context(call);
	call->answer.version = version;
	soap_set_version(call->soap, (short)version);
	exception_throw(call->soap, exception, "%s", sentence);
	call_send_fault(call);
}

static void
call_run(struct envelope_call *call)
{
	int error;

	call_take_context(call);
	error = envelope_read_and_call(call->soap);
	if (call->operation.wait == NULL)
		call_ended(call, error);
	else
		call_give_context(call);
}

static void
call_resume(struct envelope_call *call)
{
	call_take_context(call);
	soap_set_version(call->soap, (short)call->answer.version);
	call_ended(call, call->operation.wait->resume(call->soap));
	operation_wait_free(call->operation.wait);
}

/* Whether the request may be read by gSOAP; if not, it is answered. */
static bool
call_pass(struct envelope_call *call, const struct envelope_request *request)
{
	struct error error;
	char *namespace;
	char sentence[sizeof(error.text) + 32];
	bool is_known;

	if (!xml_gate_pass(
		request->xml, request->length, request->charset, &call->utf8, &namespace, &error)) {
		snprintf(sentence, sizeof(sentence), "The request %s.", error.text);
		call_refuse(call, request->guess, EXCEPTION_INVALID_REQUEST, sentence);
		return false;
	}
	is_known = version_of_namespace(namespace, &call->answer.version);
	g_free(namespace);
	if (!is_known)
		call_refuse(call, request->guess, EXCEPTION_INVALID_REQUEST,
		    "The request is no SOAP 1.1 or SOAP 1.2 envelope.");
	return is_known;
}

struct envelope_call *
envelope_begin(struct envelope_host *host, const struct operation *operation,
    const struct envelope_request *request)
{
	struct envelope_call *call = g_new0(struct envelope_call, 1);

	call->operation = *operation;
	call->host = host;
	call->answer.xml = g_string_new(NULL);
	if (!call_pass(call, request))
		return call;
	call->input = call->utf8 != NULL ? call->utf8->str : request->xml;
	call->input_left = call->utf8 != NULL ? call->utf8->len : request->length;
	call_run(call);
	return call;
}

struct operation_wait *
envelope_wait(struct envelope_call *call)
{
	return call->operation.wait;
}

void
envelope_end(
    struct envelope_call *call, struct operation *operation, struct envelope_answer *answer)
{
	if (call->operation.wait != NULL)
		call_resume(call);
	*answer = call->answer;
	report_writer_destroy(call->operation.report);
	*operation = call->operation;
	operation->report = NULL;
	operation->wait = NULL;
	call_give_context(call);
	if (call->utf8 != NULL)
		g_string_free(call->utf8, TRUE);
	g_free(call);
}

void
envelope_serve(struct envelope_host *host, struct operation *operation,
    const struct envelope_request *request, struct envelope_answer *answer)
{
	envelope_end(envelope_begin(host, operation, request), operation, answer);
}

void
envelope_refuse(struct envelope_host *host, enum envelope_version version, enum exception exception,
    const char *sentence, struct envelope_answer *answer)
{
	struct envelope_call *call = g_new0(struct envelope_call, 1);
	struct operation operation;

	call->host = host;
	call->answer.xml = g_string_new(NULL);
	call_refuse(call, version, exception, sentence);
	envelope_end(call, &operation, answer);
}
