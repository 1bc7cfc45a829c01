#include "server/http_job.h"

#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "services/soap/report_memory.h"

#include "server/http_client.h"
#include "server/http_gzip.h"
#include "server/http_response.h"

#define RETRY_AFTER_SECONDS "60"

enum { HTTP_HEAD_BYTES = 512 }; /* as a rule */

/* A proxy that ends TLS says so. */
static const char *
scheme_of(const struct http_request *http, bool is_proxy, const char *scheme)
{
	if (is_proxy &&
	    g_ascii_strcasecmp(http_request_field(http, "X-Forwarded-Proto"), "https") == 0)
		return "https";
	return scheme;
}

static bool
takes_gzip(const struct http_request *http)
{
	char *accepted = http_request_field_list(http, "Accept-Encoding");
	bool takes = http_gzip_is_accepted(accepted);

	g_free(accepted);
	return takes;
}

struct http_job *
http_job_create(struct http_connection *connection, struct http_request *http,
    const struct network_list *proxies, const char *scheme)
{
	struct http_job *job = g_new0(struct http_job, 1);
	char *forwarded = http_request_field_list(http, "X-Forwarded-For");

	job->connection = connection;
	connection->work = job;
	job->http = http;
	job->began_at = g_get_monotonic_time();
	job->client = http_client_address(proxies, connection->address, forwarded);
	job->takes_gzip = takes_gzip(http);
	job->request = (struct soap_request){
	    .method = http->method,
	    .path = http->path,
	    .query = http->query,
	    .content_type = http_request_field(http, "Content-Type"),
	    .host = http_request_field(http, "Host"),
	    .scheme = scheme_of(http, network_list_contains(proxies, connection->address), scheme),
	    .client = job->client,
	    .body = http->body->str,
	    .body_length = http->body->len,
	};
	g_free(forwarded);
	return job;
}

void
http_job_compress(struct http_job *job)
{
	GString *small;

	if (!job->takes_gzip || job->response.body == NULL ||
	    job->response.body->len < HTTP_GZIP_BYTES_MIN)
		return;
	small = http_gzip(job->response.body);
	if (small == NULL)
		return;
	g_string_free(job->response.body, TRUE);
	job->response.body = small;
	job->is_gzip = true;
}

void
http_job_set_text(struct http_job *job, int status, const char *text)
{
	job->response.status = status;
	job->response.content_type = "text/plain; charset=utf-8";
	job->response.body = g_string_new(text);
	g_string_append_c(job->response.body, '\n');
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

/* The header of an answer with a body. */
static void
content_fields_put(const struct http_job *job, GString *head)
{
	http_response_field(head, "Content-Type", job->response.content_type);
	http_response_field(head, "X-Content-Type-Options", "nosniff");
	http_response_field(head, "Cache-Control", "no-store");
	http_response_field(head, "Vary", "Accept-Encoding");
	if (job->is_gzip)
		http_response_field(head, "Content-Encoding", "gzip");
	for (const char *const *field = job->headers; field != NULL && *field != NULL; field += 2)
		http_response_field(head, field[0], field[1]);
}

static void
head_put(const struct http_job *job, GString *head, enum http_connection_after after)
{
	int status = job->response.status;

	http_response_begin(head, job->http->minor, status);
	if (status == 503)
		http_response_field(head, "Retry-After", RETRY_AFTER_SECONDS);
	/* RFC 9110 15.5.16 */
	if (status == 415)
		http_response_field(head, "Accept-Encoding", "gzip");
	if (job->allow != NULL)
		http_response_field(head, "Allow", job->allow);
	if (after == HTTP_CONNECTION_CLOSE)
		http_response_field(head, "Connection", "close");
	else if (job->http->minor == 0)
		http_response_field(head, "Connection", "keep-alive");
	if (job->response.body == NULL) {
		http_response_end_empty(head);
		return;
	}
	content_fields_put(job, head);
	http_response_end(head, job->response.body->len);
}

void
http_job_send(struct http_job *job, enum http_connection_after after)
{
	struct evbuffer *out;
	GString *head;

	if (job->connection == NULL)
		return;
	if (!job->http->keep_alive)
		after = HTTP_CONNECTION_CLOSE;
	out = evbuffer_new();
	head = g_string_sized_new(HTTP_HEAD_BYTES);
	head_put(job, head, after);
	evbuffer_add(out, head->str, head->len);
	g_string_free(head, TRUE);
	if (job->response.body != NULL && strcmp(job->request.method, "HEAD") != 0)
		answer_put(out, &job->response);
	http_connection_answer(job->connection, out, after);
	evbuffer_free(out);
}

void
http_job_free(struct http_job *job)
{
	if (job->response.body != NULL)
		g_string_free(job->response.body, TRUE);
	report_claim_free(job->response.report_claim);
	soap_response_forget(&job->response);
	if (job->delay != NULL)
		event_free(job->delay);
	http_request_free(job->http);
	g_free(job->client);
	g_free(job);
}
