#include "server/http_router.h"

#include <string.h>

#include "base/log.h"
#include "base/unsubscribe_link.h"
#include "services/unsubscribe/unsubscribe_service.h"

#include "server/http_gzip.h"
#include "server/http_metrics.h"

#define HEALTH_PATH "/healthz"
/* OPTIONS of the server as a whole (RFC 9110 9.3.7) */
#define SERVER_PATH "*"

struct http_router {
	struct soap_service *service;
	struct unsubscribe_service *unsubscribe;
	struct http_metrics *metrics;
	size_t body_bytes;
};

struct http_router *
http_router_create(const struct soap_service_settings *settings, size_t body_bytes,
    const struct network_list *metrics_networks, struct error *error)
{
	struct http_router *router = g_new0(struct http_router, 1);

	router->body_bytes = body_bytes;
	router->unsubscribe = unsubscribe_service_create();
	router->metrics = http_metrics_create(metrics_networks);
	router->service = soap_service_create(settings, error);
	if (router->service != NULL)
		return router;
	http_router_destroy(router);
	return NULL;
}

void
http_router_destroy(struct http_router *router)
{
	if (router == NULL)
		return;
	soap_service_destroy(router->service);
	unsubscribe_service_destroy(router->unsubscribe);
	http_metrics_destroy(router->metrics);
	g_free(router);
}

static const char *
methods_of(const struct http_router *router, const char *path)
{
	if (strcmp(path, SERVER_PATH) == 0)
		return "GET, HEAD, OPTIONS, POST";
	if (strcmp(path, HEALTH_PATH) == 0 || strcmp(path, HTTP_METRICS_PATH) == 0)
		return "GET, HEAD, OPTIONS";
	if (unsubscribe_link_token(path) != NULL)
		return "GET, HEAD, OPTIONS, POST";
	return soap_service_methods(router->service, path);
}

static bool
methods_have(const char *methods, const char *method)
{
	char **list = g_strsplit(methods, ", ", -1);
	bool have = g_strv_contains((const gchar *const *)list, method);

	g_strfreev(list);
	return have;
}

static void
answer_health(struct db_connection *database, struct http_job *job)
{
	struct error error;

	if (db_query(database, "SELECT 1", 0, NULL, NULL, &error) == DB_STATUS_OK) {
		http_job_set_text(job, 200, "ok");
		return;
	}
	log_warning("api-unhealthy", "reason=\"%s\"", error.text);
	http_job_set_text(job, 503, "the database does not answer");
}

static void
answer_page(
    struct http_router *router, const struct unsubscribe_response *page, struct http_job *job)
{
	job->response.status = page->status;
	job->response.content_type = "text/html; charset=utf-8";
	job->response.body = page->page;
	job->headers = unsubscribe_service_headers(router->unsubscribe);
}

static void
answer_unsubscribe(struct http_router *router, struct db_connection *database, const char *token,
    const struct soap_request *request, struct http_job *job)
{
	const struct unsubscribe_request link = {.method = request->method,
	    .token = token,
	    .content_type = request->content_type,
	    .body = request->body,
	    .body_length = request->body_length};
	struct unsubscribe_response page;

	unsubscribe_service_handle(database, &link, &page);
	answer_page(router, &page, job);
}

static void
answer_service(struct http_router *router, struct db_connection *database,
    const struct soap_request *request, struct http_job *job)
{
	const char *token = unsubscribe_link_token(request->path);

	if (strcmp(request->path, HEALTH_PATH) == 0)
		answer_health(database, job);
	else if (strcmp(request->path, HTTP_METRICS_PATH) == 0)
		http_metrics_answer(router->metrics, database, job);
	else if (token != NULL)
		answer_unsubscribe(router, database, token, request, job);
	else
		soap_service_handle(router->service, database, request, &job->response);
}

/* The body was sent as gzip. */
static void
answer_inflated(struct http_router *router, struct db_connection *database, struct http_job *job)
{
	struct soap_request request = job->request;
	GString *body = g_string_new(NULL);

	switch (http_gunzip(request.body, request.body_length, router->body_bytes, body)) {
	case HTTP_GUNZIP_DONE:
		request.body = body->str;
		request.body_length = body->len;
		answer_service(router, database, &request, job);
		break;
	case HTTP_GUNZIP_BROKEN:
		http_job_set_text(job, 400, "The body is not gzip, as its header says.");
		break;
	case HTTP_GUNZIP_TOO_LARGE:
		http_job_set_text(job, 413, "The body is too large when it is inflated.");
		break;
	}
	g_string_free(body, TRUE);
}

static void
answer_body(struct http_router *router, struct db_connection *database, struct http_job *job)
{
	char *codings = http_request_field_list(job->http, "Content-Encoding");

	switch (http_coding_parse(codings)) {
	case HTTP_CODING_NONE:
		answer_service(router, database, &job->request, job);
		break;
	case HTTP_CODING_GZIP:
		answer_inflated(router, database, job);
		break;
	case HTTP_CODING_UNKNOWN:
		http_job_set_text(job, 415, "The one content coding known here is gzip.");
		break;
	}
	g_free(codings);
}

void
http_router_answer(struct http_router *router, struct db_connection *database, struct http_job *job)
{
	const char *methods = methods_of(router, job->request.path);

	if (methods != NULL && strcmp(job->request.method, "OPTIONS") == 0) {
		job->response.status = 204;
		job->allow = methods;
		return;
	}
	if (methods != NULL && !methods_have(methods, job->request.method)) {
		http_job_set_text(job, 405, "This method is none of those that the path has.");
		job->allow = methods;
		return;
	}
	answer_body(router, database, job);
	http_job_compress(job);
}

void
http_router_answer_together(struct http_router *router, struct db_connection *database,
    struct http_job *const *jobs, unsigned count)
{
	const struct soap_request *requests[SOAP_SERVICE_TOGETHER_MAX] = {NULL};
	struct soap_response *responses[SOAP_SERVICE_TOGETHER_MAX] = {NULL};

	for (unsigned i = 0; i < count; i++) {
		requests[i] = &jobs[i]->request;
		responses[i] = &jobs[i]->response;
	}
	soap_service_handle_together(router->service, database, requests, responses, count);
	for (unsigned i = 0; i < count; i++)
		http_job_compress(jobs[i]);
}

bool
http_router_is_together(const struct http_job *job)
{
	return *http_request_field(job->http, "Content-Encoding") == '\0' &&
	    soap_service_is_together(&job->request);
}

void
http_router_refuse(struct http_router *router, struct http_job *job)
{
	struct unsubscribe_response page;

	if (unsubscribe_link_token(job->request.path) == NULL) {
		soap_service_refuse(router->service, &job->request, &job->response);
		return;
	}
	unsubscribe_service_refuse(&page);
	answer_page(router, &page, job);
}

int
http_router_delay(struct http_router *router, const struct http_job *job)
{
	return soap_service_delay(router->service, &job->request);
}
