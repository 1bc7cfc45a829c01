#include "server/http_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/log.h"
#include "base/metrics.h"
#include "services/relay/receive/client_count.h"
#include "services/relay/receive/receive.h"

#include "server/access_log.h"
#include "server/http_pool.h"
#include "server/http_router.h"

enum { HTTP_BACKLOG = 512, HTTP_FULL_LOG_SECONDS = 60 };

struct http_listener {
	struct event_base *base;
	SSL_CTX *tls;
	struct http_limits limits;
	struct network_list proxies, metrics_networks;
	struct http_connection_settings connection_settings;
	GPtrArray *sockets;      /* struct evconnlistener */
	GHashTable *connections; /* set of struct http_connection */
	GHashTable *refused;     /* those of them that are too many */
	struct client_count *clients;
	gint64 full_logged_at; /* g_get_monotonic_time() */
	struct http_router *router;
	struct http_pool *pool;
	struct http_pool *readers; /* few, for what is answered together */
	struct access_log *access_log;
	/* Set of struct http_job: those that wait before they are put to the pool */
	GHashTable *delayed;
	struct http_budget bodies;
	unsigned jobs;    /* delayed, waiting or being answered */
	unsigned writing; /* connections whose answer is on its way */
	bool draining;
	bool ending; /* no more jobs are put to the pool */
	bool grace_over;
	void (*drained)(void *arg);
	void *drained_arg;
};

static void
drain_check(struct http_listener *listener)
{
	void (*drained)(void *arg) = listener->drained;

	if (!listener->grace_over || listener->jobs > 0 || listener->writing > 0 || drained == NULL)
		return;
	listener->drained = NULL;
	drained(listener->drained_arg);
}

static void
answer_jobs(void *arg, struct db_connection *database, struct http_job *const *jobs, unsigned count)
{
	struct http_listener *listener = arg;

	if (jobs[0]->is_together)
		http_router_answer_together(listener->router, database, jobs, count);
	else
		http_router_answer(listener->router, database, jobs[0]);
}

static void
job_log(struct http_listener *listener, const struct http_job *job)
{
	const struct soap_response *response = &job->response;
	bool has_body = response->body != NULL && strcmp(job->request.method, "HEAD") != 0;
	int64_t took = g_get_monotonic_time() - job->began_at;
	const struct access_entry entry = {.client = job->client,
	    .method = job->request.method,
	    .path = job->request.path,
	    .operation = response->operation,
	    .account = response->account,
	    .status = response->status,
	    .bytes = has_body ? response->body->len : 0,
	    .milliseconds = took / 1000,
	    .fault = response->exception};

	access_log_write(listener->access_log, &entry);
	metrics_time(METRIC_TIME_API, took);
	metrics_count_class(METRIC_API_REQUESTS_2, response->status);
	if (response->exception != NULL)
		metrics_count(METRIC_API_FAULTS, 1);
}

/* Sends the answer, which there is, and frees the job. */
static void
job_send(struct http_listener *listener, struct http_job *job)
{
	job_log(listener, job);
	if (job->connection != NULL)
		listener->writing++;
	http_job_send(job, listener->draining ? HTTP_CONNECTION_CLOSE : HTTP_CONNECTION_KEEP);
	http_job_free(job);
}

static void
job_put(struct http_listener *listener, struct http_job *job)
{
	http_pool_put(job->is_together ? listener->readers : listener->pool, job);
}

static void
on_delay_over(evutil_socket_t fd, short what, void *arg)
{
	struct http_job *job = arg;
	struct http_listener *listener = job->owner;

	(void)fd;
	(void)what;
	g_hash_table_remove(listener->delayed, job);
	job_put(listener, job);
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
on_job_answered(void *arg, struct http_job *job)
{
	struct http_listener *listener = arg;

	if (job->response.delay > 0 && !listener->draining) {
		job_delay(listener, job, job->response.delay);
		job->request.has_waited = true;
		job->response.delay = 0;
		return;
	}
	if (job->response.status == 0 && job->is_together && !listener->ending) {
		job->is_together = false;
		job_put(listener, job);
		return;
	}
	listener->jobs--;
	if (job->response.status == 0)
		http_router_refuse(listener->router, job);
	job_send(listener, job);
	drain_check(listener);
}

static const struct http_pool_calls pool_calls = {answer_jobs, on_job_answered};

static void
on_asked(void *arg, struct http_connection *connection, struct http_request *request)
{
	struct http_listener *listener = arg;
	struct http_job *job = http_job_create(
	    connection, request, &listener->proxies, listener->tls != NULL ? "https" : "http");
	int delay;

	job->owner = listener;
	if (request->is_overload || (request->status == 0 && listener->jobs >= HTTP_JOBS_MAX)) {
		http_router_refuse(listener->router, job);
		job_send(listener, job);
		return;
	}
	if (request->status != 0) {
		http_job_set_text(job, request->status, request->reason);
		job_send(listener, job);
		return;
	}
	listener->jobs++;
	job->is_together = http_router_is_together(job);
	delay = http_router_delay(listener->router, job);
	if (delay > 0)
		job_delay(listener, job, delay);
	else
		job_put(listener, job);
}

static void
on_answered(void *arg, struct http_connection *connection)
{
	struct http_listener *listener = arg;

	(void)connection;
	listener->writing--;
	drain_check(listener);
}

static void
on_ended(void *arg, struct http_connection *connection)
{
	struct http_listener *listener = arg;
	struct http_job *job = connection->work;

	if (job != NULL)
		job->connection = NULL;
	if (connection->state == HTTP_CONNECTION_WRITING)
		on_answered(arg, connection);
	g_hash_table_remove(listener->connections, connection);
	metrics_gauge_add(METRIC_GAUGE_API_CLIENTS, -1);
	if (!g_hash_table_remove(listener->refused, connection) &&
	    !network_list_contains(&listener->proxies, connection->address))
		client_count_leave(listener->clients, connection->address);
}

static const struct http_connection_calls connection_calls = {on_asked, on_answered, on_ended};

/* Whether one more connection from there is within the limits; it is counted then. Proxies bring many clients. */
static bool
connection_is_welcome(struct http_listener *listener, const char *address)
{
	const struct receive_limits limits = {
	    .address_connections = listener->limits.address_connections, .address_rate = UINT_MAX};
	guint taken =
	    g_hash_table_size(listener->connections) - g_hash_table_size(listener->refused);

	if (taken >= listener->limits.connections)
		return false;
	return network_list_contains(&listener->proxies, address) ||
	    client_count_enter(listener->clients, address, &limits) == CLIENT_WELCOME;
}

static void
full_log(struct http_listener *listener, const char *address)
{
	gint64 now = g_get_monotonic_time();

	if (listener->full_logged_at != 0 &&
	    now - listener->full_logged_at < HTTP_FULL_LOG_SECONDS * G_USEC_PER_SEC)
		return;
	listener->full_logged_at = now;
	log_warning("api-connections-full", "client=%s connections=%u", address,
	    g_hash_table_size(listener->connections));
}

static void
on_accept(
    struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer, int length, void *arg)
{
	struct http_listener *listener = arg;
	char address[INET6_ADDRSTRLEN] = "";
	struct http_connection *connection;
	bool is_welcome;

	(void)socket;
	(void)length;
	network_peer_text(peer, address, sizeof(address));
	is_welcome = connection_is_welcome(listener, address);
	if (!is_welcome)
		full_log(listener, address);
	if (!is_welcome && g_hash_table_size(listener->refused) >= HTTP_REFUSALS_MAX) {
		close(fd);
		return;
	}
	connection =
	    http_connection_create(listener->base, fd, address, &listener->connection_settings);
	g_hash_table_add(listener->connections, connection);
	metrics_gauge_add(METRIC_GAUGE_API_CLIENTS, 1);
	if (is_welcome)
		return;
	g_hash_table_add(listener->refused, connection);
	http_connection_refuse(connection);
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

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &length) != 0)
		return error_set(
		    error, "cannot listen on %s: it is not written ADDRESS:PORT", address);
	if (where.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	socket = evconnlistener_new_bind(listener->base, on_accept, listener, flags, HTTP_BACKLOG,
	    (struct sockaddr *)&where, length);
	if (socket == NULL)
		return error_set(error, "cannot listen on %s: %s", address, strerror(errno));
	evconnlistener_set_error_cb(socket, on_accept_error);
	g_ptr_array_add(listener->sockets, socket);
	return true;
}

static bool
listener_start(struct http_listener *listener, const struct http_listener_settings *settings,
    struct error *error)
{
	listener->router = http_router_create(
	    &settings->service, settings->limits.body_bytes, &listener->metrics_networks, error);
	if (listener->router == NULL)
		return false;
	if (settings->access_log != NULL) {
		listener->access_log = access_log_open(settings->access_log, error);
		if (listener->access_log == NULL)
			return false;
	}
	for (const char *const *address = settings->addresses; *address != NULL; address++)
		if (!address_bind(listener, *address, error))
			return false;
	listener->pool = http_pool_create(
	    listener->base, settings->threads, 1, settings->conninfo, &pool_calls, listener, error);
	if (listener->pool == NULL)
		return false;
	/* More than there are processors would only take each other's caches. */
	listener->readers =
	    http_pool_create(listener->base, MIN(settings->threads, g_get_num_processors()),
		SOAP_SERVICE_TOGETHER_MAX, settings->conninfo, &pool_calls, listener, error);
	return listener->readers != NULL;
}

struct http_listener *
http_listener_create(
    struct event_base *base, const struct http_listener_settings *settings, struct error *error)
{
	struct http_listener *listener = g_new0(struct http_listener, 1);

	listener->base = base;
	listener->limits = settings->limits;
	listener->proxies = settings->proxies;
	listener->metrics_networks = settings->metrics_networks;
	listener->bodies.most = HTTP_BODIES_BYTES_MAX;
	listener->sockets = g_ptr_array_new_with_free_func((GDestroyNotify)evconnlistener_free);
	listener->connections = g_hash_table_new(NULL, NULL);
	listener->refused = g_hash_table_new(NULL, NULL);
	listener->delayed = g_hash_table_new(NULL, NULL);
	listener->clients = client_count_create();
	listener->tls = settings->tls;
	if (listener->tls != NULL)
		SSL_CTX_up_ref(listener->tls);
	listener->connection_settings = (struct http_connection_settings){.tls = listener->tls,
	    .limits = &listener->limits,
	    .budget = &listener->bodies,
	    .calls = &connection_calls,
	    .arg = listener};
	if (listener_start(listener, settings, error))
		return listener;
	http_listener_destroy(listener);
	return NULL;
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
		on_job_answered(listener, job);
	g_hash_table_unref(listener->delayed);
}

static void
connections_end(struct http_listener *listener)
{
	GList *all = g_hash_table_get_keys(listener->connections);

	g_list_free_full(all, (GDestroyNotify)http_connection_end);
	g_hash_table_unref(listener->connections);
	g_hash_table_unref(listener->refused);
}

void
http_listener_destroy(struct http_listener *listener)
{
	if (listener == NULL)
		return;
	listener->draining = true;
	listener->ending = true;
	listener->drained = NULL;
	g_ptr_array_unref(listener->sockets);
	delayed_refuse(listener);
	http_pool_destroy(listener->readers);
	http_pool_destroy(listener->pool);
	connections_end(listener);
	client_count_destroy(listener->clients);
	http_router_destroy(listener->router);
	access_log_close(listener->access_log);
	SSL_CTX_free(listener->tls);
	g_free(listener);
}
