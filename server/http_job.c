#include "server/http_job.h"

#include <string.h>

#include <glib.h>

#include "services/soap/report_memory.h"

#define RETRY_AFTER_SECONDS "60"

static const char *
method_name(enum evhttp_cmd_type command)
{
	switch (command) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_POST:
		return "POST";
	default:
		return "";
	}
}

static char *
header_copy(struct evhttp_request *evhttp, const char *name)
{
	const char *value = evhttp_find_header(evhttp_request_get_input_headers(evhttp), name);

	return g_strdup(value != NULL ? value : "");
}

/* A path with an encoded NUL in it ends there: it is none of ours in either case. */
static char *
path_copy(const struct evhttp_uri *uri)
{
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	char *decoded = path != NULL ? evhttp_uridecode(path, 0, NULL) : NULL;
	char *copy = g_strdup(decoded != NULL ? decoded : "");

	free(decoded);
	return copy;
}

static char *
query_copy(const struct evhttp_uri *uri)
{
	const char *query = uri != NULL ? evhttp_uri_get_query(uri) : NULL;

	return g_strdup(query != NULL ? query : "");
}

static char *
client_copy(struct evhttp_request *evhttp)
{
	char *address = NULL;
	ev_uint16_t port = 0;

	evhttp_connection_get_peer(evhttp_request_get_connection(evhttp), &address, &port);
	return g_strdup(address != NULL ? address : "");
}

struct http_job *
http_job_create(struct evhttp_request *evhttp, const char *scheme)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(evhttp);
	struct http_job *job = g_new0(struct http_job, 1);

	job->evhttp = evhttp;
	job->body = evbuffer_new();
	evbuffer_add_buffer(job->body, evhttp_request_get_input_buffer(evhttp));
	job->path = path_copy(uri);
	job->query = query_copy(uri);
	job->host = header_copy(evhttp, "Host");
	job->content_type = header_copy(evhttp, "Content-Type");
	job->client = client_copy(evhttp);
	job->request = (struct soap_request){
	    .method = method_name(evhttp_request_get_command(evhttp)),
	    .path = job->path,
	    .query = job->query,
	    .content_type = job->content_type,
	    .host = job->host,
	    .scheme = scheme,
	    .client = job->client,
	    .body = (const char *)evbuffer_pullup(job->body, -1),
	    .body_length = evbuffer_get_length(job->body),
	};
	if (job->request.body == NULL)
		job->request.body = "";
	return job;
}

/* What the evbuffer holds, as long as a slow reader takes. */
struct answer {
	GString *body;
	struct report_claim *report_claim;
};

static void
answer_free(const void *bytes, size_t length, void *arg)
{
	struct answer *answer = arg;

	(void)bytes;
	(void)length;
	g_string_free(answer->body, TRUE);
	report_claim_free(answer->report_claim);
	g_free(answer);
}

/* Moves the response's body there. */
static void
answer_put(struct evbuffer *out, struct soap_response *response)
{
	struct answer *answer = g_new(struct answer, 1);
	GString *body = response->body;

	*answer = (struct answer){body, response->report_claim};
	response->body = NULL;
	response->report_claim = NULL;
	if (evbuffer_add_reference(out, body->str, body->len, answer_free, answer) != 0)
		answer_free(NULL, 0, answer);
}

static const char *
reason_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 413:
		return "Content Too Large";
	case 405:
		return "Method Not Allowed";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

void
http_job_send(struct http_job *job, enum http_job_connection connection)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(job->evhttp);
	struct evbuffer *out = evbuffer_new();
	GString *body = job->response.body;
	char length[24];

	evhttp_add_header(headers, "Content-Type", job->response.content_type);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	for (const char *const *field = job->headers; field != NULL && *field != NULL; field += 2)
		evhttp_add_header(headers, field[0], field[1]);
	if (job->response.status == 503)
		evhttp_add_header(headers, "Retry-After", RETRY_AFTER_SECONDS);
	if (job->response.status == 405)
		evhttp_add_header(headers, "Allow", "POST");
	if (connection == HTTP_JOB_CLOSE)
		evhttp_add_header(headers, "Connection", "close");
	if (strcmp(job->request.method, "HEAD") == 0) {
		g_snprintf(length, sizeof(length), "%zu", body->len);
		evhttp_add_header(headers, "Content-Length", length);
	} else {
		answer_put(out, &job->response);
	}
	/* With the client gone evhttp has let the connection go, and this frees the request. */
	evhttp_send_reply(job->evhttp, job->response.status, reason_of(job->response.status), out);
	job->evhttp = NULL;
	evbuffer_free(out);
}

void
http_job_free(struct http_job *job)
{
	if (job->response.body != NULL)
		g_string_free(job->response.body, TRUE);
	report_claim_free(job->response.report_claim);
	if (job->delay != NULL)
		event_free(job->delay);
	evbuffer_free(job->body);
	g_free(job->path);
	g_free(job->query);
	g_free(job->host);
	g_free(job->content_type);
	g_free(job->client);
	g_free(job);
}
