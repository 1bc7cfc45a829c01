/* The SOAP bindings of the service: one envelope, several that came together, and one that there is no room for. */
#include "services/soap/soap_service_private.h"

#include <assert.h>
#include <string.h>

#include "services/soap/content_type.h"
#include "services/soap/envelope.h"
#include "services/soap/operation_wait.h"

#define SOAP_TYPE_SOAP_12 "application/soap+xml; charset=utf-8"

static enum envelope_version
version_guess(const struct soap_request *request)
{
	return content_type_is_soap_12(request->content_type) ? ENVELOPE_SOAP_12 : ENVELOPE_SOAP_11;
}

char *
soap_service_exception_of(const char *line)
{
	static const char suffix[] = "Exception";
	const char *colon = strchr(line, ':');
	size_t length = colon != NULL ? (size_t)(colon - line) : 0;

	if (length < strlen(suffix) ||
	    strncmp(line + length - strlen(suffix), suffix, strlen(suffix)) != 0)
		return NULL;
	return g_strndup(line, length);
}

static void
answer_envelope(struct soap_response *response, struct envelope_answer *envelope)
{
	if (envelope->exception != NULL)
		response->exception = soap_service_exception_of(envelope->exception);
	soap_service_answer(response, envelope->status,
	    envelope->version == ENVELOPE_SOAP_12 ? SOAP_TYPE_SOAP_12 : SOAP_TYPE_XML,
	    envelope->xml);
	g_free(envelope->exception);
}

static struct envelope_call *
envelope_start(struct soap_service *service, const struct operation *operation,
    const struct soap_request *request)
{
	char *charset = content_type_charset(request->content_type);
	const struct envelope_request envelope = {
	    .xml = request->body,
	    .length = request->body_length,
	    .charset = charset,
	    .guess = version_guess(request),
	};
	struct envelope_call *call = envelope_begin(service->envelopes, operation, &envelope);

	g_free(charset);
	return call;
}

static void
envelope_answered(
    const struct soap_service *service, struct envelope_call *call, struct soap_response *response)
{
	struct operation operation;
	struct envelope_answer result;

	envelope_end(call, &operation, &result);
	if (result.status == 0) {
		g_string_free(result.xml, TRUE);
		return;
	}
	answer_envelope(response, &result);
	soap_service_answered(service, response, &operation);
}

void
soap_service_handle_envelope(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response)
{
	const struct operation operation = soap_service_operation(service, database, request);

	envelope_answered(service, envelope_start(service, &operation, request), response);
}

/* What is asked once for all calls of an account: whether it is as it was remembered, and has their campaigns. */
struct confirmation {
	const struct account *account;
	int32_t campaigns[SOAP_SERVICE_TOGETHER_MAX];
	unsigned count; /* of campaigns */
	struct campaign_read read;
};

/* The one of that account, which is the last for an account that has none yet. */
static struct confirmation *
confirmation_of(struct confirmation *confirmations, unsigned *count, const struct account *account)
{
	unsigned i = 0;

	while (i < *count && !account_is_same(confirmations[i].account, account))
		i++;
	if (i == *count) {
		confirmations[i].account = account;
		confirmations[i].count = 0;
		(*count)++;
	}
	return &confirmations[i];
}

/* Reads for all that wait, in one round trip. */
static void
waits_read(struct db_connection *database, struct operation_wait *const *waits, unsigned count)
{
	struct confirmation confirmations[SOAP_SERVICE_TOGETHER_MAX];
	struct confirmation *confirmation[SOAP_SERVICE_TOGETHER_MAX];
	struct db_read *reads[2 * SOAP_SERVICE_TOGETHER_MAX] = {NULL};
	unsigned accounts = 0, asked = 0;

	for (unsigned i = 0; i < count; i++) {
		struct confirmation *of =
		    confirmation_of(confirmations, &accounts, &waits[i]->account);

		of->campaigns[of->count++] = waits[i]->campaign_id;
		confirmation[i] = of;
	}
	for (unsigned i = 0; i < accounts; i++) {
		struct confirmation *of = &confirmations[i];

		campaign_ask(&of->read, of->account->account_id, of->account->password_hash,
		    of->campaigns, of->count);
		reads[asked++] = &of->read.read;
	}
	for (unsigned i = 0; i < count; i++)
		reads[asked++] = &waits[i]->log.read;
	db_read_all(database, reads, asked);
	for (unsigned i = 0; i < count; i++)
		waits[i]->confirmed =
		    campaign_is_told(&confirmation[i]->read, waits[i]->campaign_id);
	for (unsigned i = 0; i < accounts; i++)
		campaign_read_clear(&confirmations[i].read);
}

/* A hint, by what the body holds: whatever it turns out to be is answered. */
bool
soap_service_is_together(const struct soap_request *request)
{
	static const char name[] = "Reports_GetSMTPLog";
	const char *rest = soap_service_path_rest(request->path);

	return rest != NULL && *rest == '\0' && strcmp(request->method, "POST") == 0 &&
	    request->body_length <= SOAP_SERVICE_TOGETHER_BYTES &&
	    memmem(request->body, request->body_length, name, strlen(name)) != NULL;
}

void
soap_service_handle_together(struct soap_service *service, struct db_connection *database,
    const struct soap_request *const *requests, struct soap_response *const *responses,
    unsigned count)
{
	struct envelope_call *calls[SOAP_SERVICE_TOGETHER_MAX];
	struct operation_wait *waits[SOAP_SERVICE_TOGETHER_MAX];
	unsigned waiting = 0;

	assert(count <= SOAP_SERVICE_TOGETHER_MAX);
	for (unsigned i = 0; i < count; i++) {
		struct operation operation = soap_service_operation(service, database, requests[i]);

		operation.may_wait = true;
		calls[i] = envelope_start(service, &operation, requests[i]);
		if (envelope_wait(calls[i]) != NULL)
			waits[waiting++] = envelope_wait(calls[i]);
	}
	if (waiting > 0)
		waits_read(database, waits, waiting);
	for (unsigned i = 0; i < count; i++)
		envelope_answered(service, calls[i], responses[i]);
}

void
soap_service_refuse(struct soap_service *service, const struct soap_request *request,
    struct soap_response *response)
{
	static const char sentence[] = "The server has too much to do just now; try again.";
	const char *name = soap_service_path_rest(request->path);
	struct envelope_answer envelope;
	char *line;

	if (name != NULL && *name == '\0' && strcmp(request->method, "POST") == 0) {
		envelope_refuse(service->envelopes, version_guess(request),
		    EXCEPTION_TOO_MANY_REQUESTS, sentence, &envelope);
		answer_envelope(response, &envelope);
		return;
	}
	line = g_strdup_printf("%s: %s\r\n", exception_name(EXCEPTION_TOO_MANY_REQUESTS), sentence);
	soap_service_answer_text(response, 500, line);
	response->exception = soap_service_exception_of(line);
	g_free(line);
}
