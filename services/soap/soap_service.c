#include "services/soap/soap_service_private.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/embedded.h"
#include "db/standby.h"

#include "services/soap/campaign_days.h"
#include "services/soap/disco_document.h"
#include "services/soap/envelope_host.h"
#include "services/soap/form_binding.h"
#include "services/soap/help_page.h"
#include "services/soap/login.h"
#include "services/soap/operation.h"
#include "services/soap/report_memory.h"
#include "services/soap/wsdl_document.h"

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"

struct soap_service *
soap_service_create(const struct soap_service_settings *settings, struct error *error)
{
	const struct embedded_file *wsdl = embedded_file_find("wsdl/bracemail.wsdl");
	struct wsdl_document *contract;
	struct db_standby *standby = NULL;
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
	if (settings->reports_conninfo != NULL) {
		standby = db_standby_create(
		    settings->reports_conninfo, settings->reports_staleness, error);
		if (standby == NULL) {
			wsdl_document_destroy(contract);
			return NULL;
		}
	}
	service = g_new0(struct soap_service, 1);
	service->contract = contract;
	service->standby = standby;
	service->login = login_create();
	service->envelopes = envelope_host_create();
	service->campaign_days = campaign_days_create();
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
	envelope_host_destroy(service->envelopes);
	campaign_days_destroy(service->campaign_days);
	report_memory_unref(service->report_memory);
	db_standby_destroy(service->standby);
	g_free(service->public_url);
	g_free(service->import_folder);
	g_free(service->create_account_token);
	g_free(service->hostname);
	g_free(service);
}

void
soap_service_answer(struct soap_response *response, int status, const char *type, GString *body)
{
	response->status = status;
	response->content_type = type;
	response->body = body;
}

void
soap_service_answer_text(struct soap_response *response, int status, const char *text)
{
	soap_service_answer(response, status, TYPE_TEXT, g_string_new(text));
}

/* Where this caller finds the API. */
static char *
api_url(const struct soap_service *service, const struct soap_request *request)
{
	if (service->public_url != NULL)
		return g_strconcat(service->public_url, SOAP_SERVICE_PATH, NULL);
	return g_strdup_printf("%s://%s" SOAP_SERVICE_PATH, request->scheme,
	    *request->host != '\0' ? request->host : "localhost");
}

void
soap_response_forget(struct soap_response *response)
{
	response->operation = NULL;
	g_clear_pointer(&response->account, g_free);
	g_clear_pointer(&response->exception, g_free);
}

struct operation
soap_service_operation(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request)
{
	return (struct operation){
	    .login = service->login,
	    .database = database,
	    .standby = service->standby,
	    .client = request->client,
	    .import_folder = service->import_folder,
	    .create_account_token = service->create_account_token,
	    .hostname = service->hostname,
	    .has_waited = request->has_waited,
	    .campaign_days = service->campaign_days,
	    .report_memory = service->report_memory,
	};
}

/* By its name: of those that only read some are taken for more. */
static bool
operation_may_change(const char *name)
{
	return g_ascii_strncasecmp(name, "Reports_", strlen("Reports_")) != 0 &&
	    strcasestr(name, "Get") == NULL && strcasestr(name, "Check") == NULL;
}

void
soap_service_answered(const struct soap_service *service, struct soap_response *response,
    const struct operation *operation)
{
	const struct wsdl_operation *called =
	    wsdl_document_find(service->contract, operation->name);

	response->operation = called != NULL ? called->name : NULL;
	response->account = operation->account;
	response->report_claim = operation->report_claim;
	response->delay = operation->delay;
	if (service->standby != NULL && operation->account_id != 0 &&
	    operation_may_change(operation->name))
		db_standby_changed(service->standby, operation->account_id);
	if (operation->delay == 0)
		return;
	g_string_free(response->body, TRUE);
	response->body = NULL;
	response->status = 0;
	soap_response_forget(response);
}

static void
handle_form(struct soap_service *service, struct db_connection *database, const char *name,
    const struct form_request *form, const struct soap_request *request,
    struct soap_response *response)
{
	struct operation operation = soap_service_operation(service, database, request);
	GString *body = g_string_new(NULL);
	bool succeeded =
	    form_binding_call(service->contract, service->envelopes, &operation, name, form, body);

	soap_service_answer(
	    response, succeeded ? 200 : 500, succeeded ? SOAP_TYPE_XML : TYPE_TEXT, body);
	if (!succeeded)
		response->exception = soap_service_exception_of(body->str);
	soap_service_answered(service, response, &operation);
}

/* What the query names first, as ASMX looks at it: others may follow. */
static char *
query_first(const char *query)
{
	return g_strndup(query, strcspn(query, "&"));
}

static void
handle_page(struct soap_service *service, const struct soap_request *request,
    struct soap_response *response)
{
	static const char op[] = "op=";
	const struct wsdl_operation *operation;
	char *url = api_url(service, request);
	char *query = query_first(request->query);

	if (g_ascii_strcasecmp(query, "WSDL") == 0) {
		soap_service_answer(
		    response, 200, SOAP_TYPE_XML, wsdl_document_publish(service->contract, url));
	} else if (g_ascii_strcasecmp(query, "disco") == 0) {
		soap_service_answer(response, 200, SOAP_TYPE_XML, disco_document(url));
	} else if (g_ascii_strncasecmp(query, op, strlen(op)) == 0) {
		operation = wsdl_document_find(service->contract, query + strlen(op));
		if (operation != NULL)
			soap_service_answer(response, 200, TYPE_HTML,
			    help_page_operation(service->contract, operation, url));
		else
			soap_service_answer_text(response, 404, "There is no such operation.\r\n");
	} else {
		soap_service_answer(
		    response, 200, TYPE_HTML, help_page_list(service->contract, url));
	}
	g_free(query);
	g_free(url);
}

const char *
soap_service_path_rest(const char *path)
{
	const char *rest = path + strlen(SOAP_SERVICE_PATH);

	if (g_ascii_strncasecmp(path, SOAP_SERVICE_PATH, strlen(SOAP_SERVICE_PATH)) != 0 ||
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
	const char *name = soap_service_path_rest(path);

	if (name == NULL)
		return NULL;
	if (*name == '\0')
		return "GET, HEAD, OPTIONS, POST";
	return calls_by_get(service) ? "GET, OPTIONS, POST" : "OPTIONS, POST";
}

int
soap_service_delay(struct soap_service *service, const struct soap_request *request)
{
	const char *name = soap_service_path_rest(request->path);
	bool is_call = strcmp(request->method, "POST") == 0 ||
	    (name != NULL && *name != '\0' && calls_by_get(service));

	return is_call ? login_delay(service->login, request->client) : 0;
}

void
soap_service_handle(struct soap_service *service, struct db_connection *database,
    const struct soap_request *request, struct soap_response *response)
{
	const char *name = soap_service_path_rest(request->path);
	bool is_post = strcmp(request->method, "POST") == 0;
	bool is_get = strcmp(request->method, "GET") == 0;
	bool is_head = strcmp(request->method, "HEAD") == 0;
	const struct form_request posted = {
	    request->body, request->body_length, request->content_type};
	const struct form_request queried = {request->query, strlen(request->query), ""};

	if (name == NULL)
		soap_service_answer_text(response, 404,
		    "There is nothing here; the API is at " SOAP_SERVICE_PATH ".\r\n");
	else if (is_post && *name == '\0')
		soap_service_handle_envelope(service, database, request, response);
	else if (is_post)
		handle_form(service, database, name, &posted, request, response);
	else if ((is_get || is_head) && *name == '\0')
		handle_page(service, request, response);
	else if (is_get && calls_by_get(service))
		handle_form(service, database, name, &queried, request, response);
	else
		soap_service_answer_text(response, 405,
		    *name == '\0' ? "This method is none of the API's.\r\n"
				  : "Operations are called by POST.\r\n");
}
