#include "services/soap/soap_service.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/embedded.h"

#include "services/soap/envelope.h"
#include "services/soap/form_binding.h"
#include "services/soap/help_page.h"
#include "services/soap/login.h"
#include "services/soap/operation.h"
#include "services/soap/report_memory.h"
#include "services/soap/wsdl_document.h"

#define API_PATH "/api.asmx"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_XML "text/xml; charset=utf-8"
#define TYPE_SOAP_12 "application/soap+xml; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

struct soap_service {
	struct wsdl_document *contract;
	struct login *login;
	struct report_memory *report_memory;
	char *public_url;           /* NULL: none was set */
	char *import_folder;        /* NULL: none was set */
	char *create_account_token; /* likewise */
	char *hostname;
};

struct soap_service *
soap_service_create(const struct soap_service_settings *settings, struct error *error)
{
	const struct embedded_file *wsdl = embedded_file_find("wsdl/bracemail.wsdl");
	struct wsdl_document *contract;
	struct soap_service *service;

	if (wsdl == NULL) {
		error_set(error, "the WSDL is missing in this program");
		return NULL;
	}
	xmlInitParser();
	contract = wsdl_document_create(wsdl->data, (size_t)(wsdl->end - wsdl->data),
	    settings->http_get ? WSDL_BINDINGS_WITH_GET : WSDL_BINDINGS_USUAL, error);
	if (contract == NULL)
		return NULL;
	service = g_new0(struct soap_service, 1);
	service->contract = contract;
	service->login = login_create();
	service->report_memory = report_memory_create();
	service->public_url = g_strdup(settings->public_url);
	service->import_folder = g_strdup(settings->import_folder);
	service->create_account_token = g_strdup(settings->create_account_token);
	service->hostname = g_strdup(settings->hostname);
	return service;
}

void
soap_service_destroy(struct soap_service *service)
{
	if (service == NULL)
		return;
	wsdl_document_destroy(service->contract);
	login_destroy(service->login);
	report_memory_unref(service->report_memory);
	g_free(service->public_url);
	g_free(service->import_folder);
	g_free(service->create_account_token);
	g_free(service->hostname);
	g_free(service);
}

static void
answer(struct soap_response *response, int status, const char *type, GString *body)
{
	response->status = status;
	response->content_type = type;
	response->body = body;
}

static void
answer_text(struct soap_response *response, int status, const char *text)
{
	answer(response, status, TYPE_TEXT, g_string_new(text));
}

/* Where this caller finds the API. */
static char *
api_url(const struct soap_service *service, const struct soap_request *request)
{
	if (service->public_url != NULL)
		return g_strconcat(service->public_url, API_PATH, NULL);
	return g_strdup_printf("%s://%s" API_PATH, request->scheme,
	    *request->host != '\0' ? request->host : "localhost");
}

/* The charset parameter of the Content-Type; NULL: none. */
static char *
charset_of(const char *content_type)
{
	const char *at = strcasestr(content_type, "charset=");
	char *charset;

	if (at == NULL)
		return NULL;
	at += strlen("charset=");
	at += *at == '"' || *at == '\'';
	charset = g_strndup(at, strcspn(at, "\"'; \t"));
	if (*charset != '\0')
		return charset;
	g_free(charset);
	return NULL;
}

static enum envelope_version
version_guess(const struct soap_request *request)
{
	return strcasestr(request->content_type, "application/soap+xml") != NULL ? ENVELOPE_SOAP_12
										 : ENVELOPE_SOAP_11;
}

void
soap_response_forget(struct soap_response *response)
{
	response->operation = NULL;
	g_clear_pointer(&response->account, g_free);
	g_clear_pointer(&response->exception, g_free);
}

/* line: "GroupNotFoundException: sentence"; a line without such a name is none. */
static char *
exception_of(const char *line)
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
		response->exception = exception_of(envelope->exception);
	answer(response, envelope->status,
	    envelope->version == ENVELOPE_SOAP_12 ? TYPE_SOAP_12 : TYPE_XML, envelope->xml);
	g_free(envelope->exception);
}

static struct operation
operation_of(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request)
{
	return (struct operation){
	    .login = service->login,
	    .database = database,
	    .client = request->client,
	    .import_folder = service->import_folder,
	    .create_account_token = service->create_account_token,
	    .hostname = service->hostname,
	    .has_waited = request->has_waited,
	    .report_memory = service->report_memory,
	};
}

/* What the operation says of its answer: when it is to be sent, and what it holds until then. */
static void
answer_later(const struct soap_service *service, struct soap_response *response,
    const struct operation *operation)
{
	const struct wsdl_operation *called =
	    wsdl_document_find(service->contract, operation->name);

	response->operation = called != NULL ? called->name : NULL;
	response->account = operation->account;
	response->report_claim = operation->report_claim;
	response->delay = operation->delay;
	if (operation->delay == 0)
		return;
	g_string_free(response->body, TRUE);
	response->body = NULL;
	response->status = 0;
	soap_response_forget(response);
}

static void
handle_envelope(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response)
{
	struct operation operation = operation_of(service, database, request);
	char *charset = charset_of(request->content_type);
	const struct envelope_request envelope = {
	    .xml = request->body,
	    .length = request->body_length,
	    .charset = charset,
	    .guess = version_guess(request),
	};
	struct envelope_answer result;

	envelope_serve(&operation, &envelope, &result);
	answer_envelope(response, &result);
	answer_later(service, response, &operation);
	g_free(charset);
}

/* form: of the body, or of the query. */
static void
handle_form(struct soap_service *service, struct db_connection *database, const char *name,
    const char *form, size_t length, const struct soap_request *request,
    struct soap_response *response)
{
	struct operation operation = operation_of(service, database, request);
	GString *body = g_string_new(NULL);
	bool succeeded = form_binding_call(service->contract, &operation, name, form, length, body);

	answer(response, succeeded ? 200 : 500, succeeded ? TYPE_XML : TYPE_TEXT, body);
	if (!succeeded)
		response->exception = exception_of(body->str);
	answer_later(service, response, &operation);
}

static void
handle_page(struct soap_service *service, const struct soap_request *request,
    struct soap_response *response)
{
	static const char op[] = "op=";
	const struct wsdl_operation *operation;
	char *url = api_url(service, request);

	if (g_ascii_strcasecmp(request->query, "WSDL") == 0) {
		answer(response, 200, TYPE_XML, wsdl_document_publish(service->contract, url));
	} else if (g_ascii_strncasecmp(request->query, op, strlen(op)) == 0) {
		operation = wsdl_document_find(service->contract, request->query + strlen(op));
		if (operation != NULL)
			answer(response, 200, TYPE_HTML,
			    help_page_operation(service->contract, operation, url));
		else
			answer_text(response, 404, "There is no such operation.\r\n");
	} else {
		answer(response, 200, TYPE_HTML, help_page_list(service->contract));
	}
	g_free(url);
}

/* What follows /api.asmx in the path: "" for itself, the operation for /api.asmx/Operation; NULL: it is another path. */
static const char *
path_rest(const char *path)
{
	const char *rest = path + strlen(API_PATH);

	if (g_ascii_strncasecmp(path, API_PATH, strlen(API_PATH)) != 0 ||
	    (*rest != '\0' && *rest != '/'))
		return NULL;
	return rest + strspn(rest, "/");
}

static bool
calls_by_get(const struct soap_service *service)
{
	return wsdl_document_bindings(service->contract) == WSDL_BINDINGS_WITH_GET;
}

const char *
soap_service_methods(const struct soap_service *service, const char *path)
{
	const char *name = path_rest(path);

	if (name == NULL)
		return NULL;
	if (*name == '\0')
		return "GET, HEAD, OPTIONS, POST";
	return calls_by_get(service) ? "GET, OPTIONS, POST" : "OPTIONS, POST";
}

int
soap_service_delay(struct soap_service *service, const struct soap_request *request)
{
	const char *name = path_rest(request->path);
	bool is_call = strcmp(request->method, "POST") == 0 ||
	    (name != NULL && *name != '\0' && calls_by_get(service));

	return is_call ? login_delay(service->login, request->client) : 0;
}

void
soap_service_handle(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response)
{
	const char *name = path_rest(request->path);
	bool is_post = strcmp(request->method, "POST") == 0;
	bool is_get = strcmp(request->method, "GET") == 0;
	bool is_head = strcmp(request->method, "HEAD") == 0;

	if (name == NULL)
		answer_text(
		    response, 404, "There is nothing here; the API is at " API_PATH ".\r\n");
	else if (is_post && *name == '\0')
		handle_envelope(service, database, request, response);
	else if (is_post)
		handle_form(service, database, name, request->body, request->body_length, request,
		    response);
	else if ((is_get || is_head) && *name == '\0')
		handle_page(service, request, response);
	else if (is_get && calls_by_get(service))
		handle_form(service, database, name, request->query, strlen(request->query),
		    request, response);
	else
		answer_text(response, 405,
		    *name == '\0' ? "This method is none of the API's.\r\n"
				  : "Operations are called by POST.\r\n");
}

void
soap_service_refuse(const struct soap_request *request, struct soap_response *response)
{
	static const char sentence[] = "The server has too much to do just now; try again.";
	const char *name = path_rest(request->path);
	struct envelope_answer envelope;
	char *line;

	if (name != NULL && *name == '\0' && strcmp(request->method, "POST") == 0) {
		envelope_refuse(
		    version_guess(request), EXCEPTION_TOO_MANY_REQUESTS, sentence, &envelope);
		answer_envelope(response, &envelope);
		return;
	}
	line = g_strdup_printf("%s: %s\r\n", exception_name(EXCEPTION_TOO_MANY_REQUESTS), sentence);
	answer_text(response, 500, line);
	response->exception = exception_of(line);
	g_free(line);
}
