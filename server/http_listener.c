#include "server/http_listener.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <glib.h>

#include "base/log.h"
#include "base/unsubscribe_link.h"
#include "server/http_pool.h"
#include "services/unsubscribe/unsubscribe_service.h"

enum { HTTP_BACKLOG = 512 };

struct http_listener {
	struct event_base *base;
	SSL_CTX *tls;
	struct evhttp *http;
	GPtrArray *sockets; /* struct evhttp_bound_socket, borrowed from http */
	struct soap_service *service;
	struct unsubscribe_service *unsubscribe;
	struct http_pool *pool;
	/* Set of struct http_job: those that wait before they are put to the pool */
	GHashTable *delayed;
	unsigned jobs;    /* delayed, waiting or being answered */
	size_t bytes;     /* of their bodies */
	unsigned closing; /* connections whose last answer is on its way */
	bool draining;
	bool grace_over;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* Each connection's bufferevent; evhttp gives it the socket. */
static struct bufferevent *
connection_create(struct event_base *base, void *arg)
{
	struct http_listener *listener = arg;

	struct bufferevent *connection;

	if (listener->tls == NULL)
		return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	connection = bufferevent_openssl_socket_new(
	    base, -1, SSL_new(listener->tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	/* Lengths are in the HTTP headers: a close without close_notify cuts nothing short unseen. */
	bufferevent_openssl_set_allow_dirty_shutdown(connection, 1);
	return connection;
}

static void
drain_check(struct http_listener *listener)
{
	void (*drained)(void *arg) = listener->drained;

	if (!listener->grace_over || listener->jobs > 0 || listener->closing > 0 || drained == NULL)
		return;
	listener->drained = NULL;
	drained(listener->drained_arg);
}

/* /healthz: whether this server can do its work. */
static void
answer_health(struct db_connection *database, struct soap_response *response)
{
	struct error error;
	bool well = db_query(database, "SELECT 1", 0, NULL, NULL, &error) == DB_STATUS_OK;

	if (!well)
		log_warning("api-unhealthy", "reason=\"%s\"", error.text);
	response->status = well ? 200 : 503;
	response->content_type = "text/plain; charset=utf-8";
	response->body = g_string_new(well ? "ok\n" : "the database does not answer\n");
}

static void
answer_page(
    struct http_listener *listener, const struct unsubscribe_response *page, struct http_job *job)
{
	job->response.status = page->status;
	job->response.content_type = "text/html; charset=utf-8";
	job->response.body = page->page;
	job->headers = unsubscribe_service_headers(listener->unsubscribe);
}

static void
answer_unsubscribe(struct http_listener *listener, struct db_connection *database,
    const char *token, struct http_job *job)
{
	const struct unsubscribe_request request = {.method = job->request.method,
	    .token = token,
	    .content_type = job->content_type,
	    .body = job->request.body,
	    .body_length = job->request.body_length};
	struct unsubscribe_response page;

	unsubscribe_service_handle(database, &request, &page);
	answer_page(listener, &page, job);
}

/* There is no room for it. */
static void
refuse_job(struct http_listener *listener, struct http_job *job)
{
	struct unsubscribe_response page;

	if (unsubscribe_link_token(job->path) == NULL) {
		soap_service_refuse(&job->request, &job->response);
		return;
	}
	unsubscribe_service_refuse(&page);
	answer_page(listener, &page, job);
}

static void
answer_job(void *arg, struct db_connection *database, struct http_job *job)
{
	struct http_listener *listener = arg;
	const char *token = unsubscribe_link_token(job->path);

	if (strcmp(job->path, "/healthz") == 0)
		answer_health(database, &job->response);
	else if (token != NULL)
		answer_unsubscribe(listener, database, token, job);
	else
		soap_service_handle(listener->service, database, &job->request, &job->response);
}

static void
on_closed(struct evhttp_connection *connection, void *arg)
{
	struct http_listener *listener = arg;

	(void)connection;
	listener->closing--;
	drain_check(listener);
}

static void
send_job(struct http_listener *listener, struct http_job *job)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(job->evhttp);

	if (listener->draining && connection != NULL) {
		listener->closing++;
		evhttp_connection_set_closecb(connection, on_closed, listener);
	}
	http_job_send(job, listener->draining ? HTTP_JOB_CLOSE : HTTP_JOB_KEEP);
	http_job_free(job);
}

static void
on_delay_over(evutil_socket_t fd, short what, void *arg)
{
	struct http_job *job = arg;
	struct http_listener *listener = job->owner;

	(void)fd;
	(void)what;
	g_hash_table_remove(listener->delayed, job);
	http_pool_put(listener->pool, job);
}

static void
job_delay(struct http_listener *listener, struct http_job *job, int milliseconds)
{
	const struct timeval wait = {milliseconds / 1000, milliseconds % 1000 * 1000};

	g_clear_pointer(&job->delay, event_free);
	job->delay = evtimer_new(listener->base, on_delay_over, job);
	event_add(job->delay, &wait);
	g_hash_table_add(listener->delayed, job);
}

static void
on_answered(void *arg, struct http_job *job)
{
	struct http_listener *listener = arg;

	if (job->response.delay > 0 && !listener->draining) {
		job_delay(listener, job, job->response.delay);
		job->request.has_waited = true;
		job->response.delay = 0;
		return;
	}
	listener->jobs--;
	listener->bytes -= job->request.body_length;
	if (job->response.body == NULL)
		refuse_job(listener, job);
	send_job(listener, job);
	drain_check(listener);
}

static const struct http_pool_calls pool_calls = {answer_job, on_answered};

static void
on_request(struct evhttp_request *evhttp, void *arg)
{
	struct http_listener *listener = arg;
	struct http_job *job = http_job_create(evhttp, listener->tls != NULL ? "https" : "http");
	bool is_call = evhttp_request_get_command(evhttp) == EVHTTP_REQ_POST;
	int delay;

	job->owner = listener;
	if (listener->jobs >= HTTP_JOBS_MAX ||
	    listener->bytes + job->request.body_length > HTTP_JOBS_BYTES_MAX) {
		refuse_job(listener, job);
		send_job(listener, job);
		return;
	}
	listener->jobs++;
	listener->bytes += job->request.body_length;
	delay = is_call ? soap_service_delay(listener->service, job->client) : 0;
	if (delay > 0)
		job_delay(listener, job, delay);
	else
		http_pool_put(listener->pool, job);
}

/* Out of file descriptors, as a rule: the kernel keeps who waits; accepting goes on with the next event. */
static void
on_accept_error(struct evconnlistener *socket, void *arg)
{
	(void)socket;
	(void)arg;
	log_warning("api-accept-failed", "reason=\"%s\"", strerror(errno));
}

static bool
address_bind(struct http_listener *listener, const char *address, struct error *error)
{
	struct sockaddr_storage where;
	int length = sizeof(where);
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE |
	    LEV_OPT_REUSEABLE_PORT;
	struct evconnlistener *socket;
	struct evhttp_bound_socket *bound;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &length) != 0)
		return error_set(
		    error, "cannot listen on %s: it is not written ADDRESS:PORT", address);
	if (where.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	socket = evconnlistener_new_bind(
	    listener->base, NULL, NULL, flags, HTTP_BACKLOG, (struct sockaddr *)&where, length);
	if (socket == NULL)
		return error_set(error, "cannot listen on %s: %s", address, strerror(errno));
	bound = evhttp_bind_listener(listener->http, socket);
	evconnlistener_set_error_cb(socket, on_accept_error);
	g_ptr_array_add(listener->sockets, bound);
	return true;
}

static void
http_start(struct http_listener *listener)
{
	listener->http = evhttp_new(listener->base);
	evhttp_set_bevcb(listener->http, connection_create, listener);
	evhttp_set_gencb(listener->http, on_request, listener);
	evhttp_set_allowed_methods(
	    listener->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
	evhttp_set_max_headers_size(listener->http, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(listener->http, HTTP_BODY_MAX);
	evhttp_set_timeout(listener->http, HTTP_IDLE_SECONDS);
}

static bool
listener_start(struct http_listener *listener, const struct http_listener_settings *settings,
    struct error *error)
{
	listener->service = soap_service_create(&settings->service, error);
	if (listener->service == NULL)
		return false;
	listener->unsubscribe = unsubscribe_service_create();
	http_start(listener);
	for (const char *const *address = settings->addresses; *address != NULL; address++)
		if (!address_bind(listener, *address, error))
			return false;
	listener->pool = http_pool_create(
	    listener->base, settings->threads, settings->conninfo, &pool_calls, listener, error);
	return listener->pool != NULL;
}

struct http_listener *
http_listener_create(
    struct event_base *base, const struct http_listener_settings *settings, struct error *error)
{
	struct http_listener *listener = g_new0(struct http_listener, 1);

	listener->base = base;
	listener->sockets = g_ptr_array_new();
	listener->delayed = g_hash_table_new(NULL, NULL);
	listener->tls = settings->tls;
	if (listener->tls != NULL)
		SSL_CTX_up_ref(listener->tls);
	if (listener_start(listener, settings, error))
		return listener;
	http_listener_destroy(listener);
	return NULL;
}

void
http_listener_set_tls(struct http_listener *listener, SSL_CTX *tls)
{
	assert(listener->tls != NULL && tls != NULL);
	SSL_CTX_up_ref(tls);
	SSL_CTX_free(listener->tls);
	listener->tls = tls;
}

static void
on_grace_over(evutil_socket_t fd, short what, void *arg)
{
	struct http_listener *listener = arg;

	(void)fd;
	(void)what;
	listener->grace_over = true;
	drain_check(listener);
}

void
http_listener_drain(struct http_listener *listener, void (*done)(void *arg), void *arg)
{
	const struct timeval grace = {
	    HTTP_DRAIN_MILLISECONDS / 1000, HTTP_DRAIN_MILLISECONDS % 1000 * 1000};

	listener->draining = true;
	listener->drained = done;
	listener->drained_arg = arg;
	for (guint i = 0; i < listener->sockets->len; i++)
		evhttp_del_accept_socket(listener->http, g_ptr_array_index(listener->sockets, i));
	g_ptr_array_set_size(listener->sockets, 0);
	event_base_once(listener->base, -1, EV_TIMEOUT, on_grace_over, listener, &grace);
}

/* Those whose turn has not come are refused now. */
static void
delayed_refuse(struct http_listener *listener)
{
	GHashTableIter iterator;
	gpointer job;

	g_hash_table_iter_init(&iterator, listener->delayed);
	while (g_hash_table_iter_next(&iterator, &job, NULL))
		on_answered(listener, job);
	g_hash_table_unref(listener->delayed);
}

void
http_listener_destroy(struct http_listener *listener)
{
	if (listener == NULL)
		return;
	listener->draining = true;
	listener->drained = NULL;
	delayed_refuse(listener);
	http_pool_destroy(listener->pool);
	if (listener->http != NULL)
		evhttp_free(listener->http);
	soap_service_destroy(listener->service);
	unsubscribe_service_destroy(listener->unsubscribe);
	SSL_CTX_free(listener->tls);
	g_ptr_array_unref(listener->sockets);
	g_free(listener);
}
