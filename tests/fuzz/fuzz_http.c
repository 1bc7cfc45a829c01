/*
 * What a client sends to the API's HTTP server, any bytes: through the connection, the parser, the router and the services up
 * to where the database would be needed, and back as answers. The first byte chooses how the bytes are cut. Whatever came, each answer is
 * HTTP/1 with a status that this server gives, a length that is kept, and nothing behind the last of them.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <http_parser.h>

#include "server/http_router.h"

enum { READ_BYTES = 65536, HEAD_BYTES = 8192, BODY_BYTES = 65536 };

/* What the server is, made once. */
static struct event_base *base;
static struct http_router *router;
static struct db_connection *nowhere;
static const struct network_list proxies = {NULL, 0};
static struct http_budget budget = {.most = BODY_BYTES};
static bool has_ended;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_asked(void *arg, struct http_connection *connection, struct http_request *request)
{
	struct http_job *job = http_job_create(connection, request, &proxies, "http");

	(void)arg;
	if (request->is_overload)
		http_router_refuse(router, job);
	else if (request->status != 0)
		http_job_set_text(job, request->status, request->reason);
	else
		http_router_answer(router, nowhere, job);
	/* A guess at an account would wait for a moment. */
	if (job->response.status == 0)
		http_router_refuse(router, job);
	http_job_send(job, HTTP_CONNECTION_KEEP);
	http_job_free(job);
}

static void
on_answered(void *arg, struct http_connection *connection)
{
	(void)arg;
	(void)connection;
}

static void
on_ended(void *arg, struct http_connection *connection)
{
	(void)arg;
	(void)connection;
	has_ended = true;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct soap_service_settings settings = {.http_get = true};
	static const struct network_list metrics_networks;
	struct error error;

	(void)argc;
	(void)argv;
	base = event_base_new();
	router = http_router_create(&settings, BODY_BYTES, &metrics_networks, &error);
	nowhere = db_connection_create("host=/nonexistent connect_timeout=1");
	return 0;
}

static int
on_answer_head(http_parser *parser)
{
	static const unsigned statuses[] = {
	    100, 200, 204, 400, 404, 405, 413, 414, 415, 417, 431, 500, 501, 503, 505};
	bool is_known = false;

	for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++)
		is_known |= parser->status_code == statuses[i];
	assert(is_known);
	assert(parser->status_code == 204 || parser->status_code == 100 ||
	    (parser->flags & F_CONTENTLENGTH) != 0);
	return 0;
}

/* HEAD's answers have a length and no body, which a reader of the answers alone cannot know: they end the check. */
static void
answers_check(const GString *answers, bool has_head)
{
	const http_parser_settings settings = {.on_headers_complete = on_answer_head};
	http_parser parser;

	if (answers->len == 0)
		return;
	assert(g_str_has_prefix(answers->str, "HTTP/1."));
	if (has_head)
		return;
	http_parser_init(&parser, HTTP_RESPONSE);
	http_parser_set_max_header_size(READ_BYTES);
	assert(http_parser_execute(&parser, &settings, answers->str, answers->len) == answers->len);
	assert(HTTP_PARSER_ERRNO(&parser) == HPE_OK);
}

/* Lets the server do what it can. What it sends is read. */
static void
server_run(int client, GString *answers)
{
	char bytes[READ_BYTES];
	ssize_t got;

	do {
		event_base_loop(base, EVLOOP_NONBLOCK);
		got = recv(client, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got > 0)
			g_string_append_len(answers, bytes, got);
	} while (got > 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
client_send(int client, const uint8_t *data, size_t size, size_t step, GString *answers)
{
	for (size_t at = 0; at < size && !has_ended; at += step) {
		size_t length = MIN(step, size - at);

		if (send(client, data + at, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)length)
			break;
		server_run(client, answers);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_limits limits = {.idle_seconds = 60,
	    .request_seconds = 60,
	    .answer_seconds = 60,
	    .head_bytes = HEAD_BYTES,
	    .body_bytes = BODY_BYTES};
	static const struct http_connection_calls calls = {on_asked, on_answered, on_ended};
	static const struct http_connection_settings settings = {
	    .limits = &limits, .budget = &budget, .calls = &calls};
	struct http_connection *connection;
	GString *answers = g_string_new(NULL);
	int ends[2];

	if (size == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	has_ended = false;
	connection = http_connection_create(base, ends[0], "192.0.2.1", &settings);
	client_send(ends[1], data + 1, size - 1, data[0] == 0 ? size : data[0], answers);
	/* The client has no more to say: the connection ends with its last answer. */
	shutdown(ends[1], SHUT_WR);
	while (!has_ended)
		server_run(ends[1], answers);
	(void)connection;
	close(ends[1]);
	answers_check(answers, memmem(data, size, "HEAD ", strlen("HEAD ")) != NULL);
	assert(budget.used == 0);
	g_string_free(answers, TRUE);
	return 0;
}
