#include "server/http_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

static void
deadline_set(struct http_connection *connection, unsigned seconds)
{
	const struct timeval wait = {.tv_sec = seconds};

	event_add(connection->deadline, &wait);
}

static void
read_begin(struct http_connection *connection)
{
	const struct http_connection_settings *settings = connection->settings;

	connection->state = HTTP_CONNECTION_READING;
	connection->request = http_request_create(settings->limits, settings->budget);
	deadline_set(connection, settings->limits->idle_seconds);
	bufferevent_enable(connection->stream, EV_READ);
}

/* Hands the request over. */
static void
work_begin(struct http_connection *connection)
{
	struct http_request *request = connection->request;

	connection->request = NULL;
	connection->state = HTTP_CONNECTION_WORKING;
	connection->is_cut = request->status != 0;
	/* A plain one may go on reading up to HTTP_READ_AHEAD_BYTES: to stop and begin again costs two calls of the kernel. */
	if (connection->settings->tls != NULL)
		bufferevent_disable(connection->stream, EV_READ);
	event_del(connection->deadline);
	connection->settings->calls->asked(connection->settings->arg, connection, request);
}

static void
linger_begin(struct http_connection *connection)
{
	struct evbuffer *in = bufferevent_get_input(connection->stream);

	connection->state = HTTP_CONNECTION_LINGERING;
	evbuffer_drain(in, evbuffer_get_length(in));
	shutdown(bufferevent_getfd(connection->stream), SHUT_WR);
	bufferevent_enable(connection->stream, EV_READ);
	deadline_set(
	    connection, connection->is_cut ? HTTP_LINGER_BODY_SECONDS : HTTP_LINGER_SECONDS);
}

/* The client waits with its body for this (RFC 9110 10.1.1). */
static void
continue_send(struct http_connection *connection)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

	connection->request->expects_continue = false;
	bufferevent_write(connection->stream, line, sizeof(line) - 1);
}

static void
on_readable(struct bufferevent *stream, void *arg)
{
	struct http_connection *connection = arg;
	struct evbuffer *in = bufferevent_get_input(stream);
	struct http_request *request = connection->request;
	bool had_begun;

	if (connection->state == HTTP_CONNECTION_LINGERING)
		evbuffer_drain(in, evbuffer_get_length(in));
	if (connection->state != HTTP_CONNECTION_READING)
		return;
	had_begun = request->began;
	if (http_request_read(request, in) != HTTP_READ_MORE) {
		work_begin(connection);
		return;
	}
	if (request->began && !had_begun)
		deadline_set(connection, connection->settings->limits->request_seconds);
	if (request->expects_continue)
		continue_send(connection);
}

/* The answer has left. */
static void
write_end(struct http_connection *connection)
{
	struct bufferevent *stream = connection->stream;

	connection->settings->calls->answered(connection->settings->arg, connection);
	if (connection->closes) {
		linger_begin(connection);
		return;
	}
	read_begin(connection);
	/* What came along with the last request; from the loop, lest many of them nest. */
	if (evbuffer_get_length(bufferevent_get_input(stream)) > 0)
		bufferevent_trigger(stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

static void
on_written(struct bufferevent *stream, void *arg)
{
	struct http_connection *connection = arg;

	if (connection->state == HTTP_CONNECTION_WRITING &&
	    evbuffer_get_length(bufferevent_get_output(stream)) == 0)
		write_end(connection);
}

/* The kernel need not keep for minutes what the client did not read in time. */
static void
unread_drop(const struct http_connection *connection)
{
	static const struct linger none = {.l_onoff = 1, .l_linger = 0};

	setsockopt(
	    bufferevent_getfd(connection->stream), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

/* A client that has begun to ask is told; others leave as they came. */
static void
time_over(struct http_connection *connection)
{
	if (connection->state == HTTP_CONNECTION_WRITING)
		unread_drop(connection);
	if (connection->state != HTTP_CONNECTION_READING || !connection->request->began) {
		http_connection_end(connection);
		return;
	}
	http_request_refuse(connection->request, 408,
	    "The request did not come within %u s, or not for %u s.",
	    connection->settings->limits->request_seconds,
	    connection->settings->limits->idle_seconds);
	work_begin(connection);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	time_over(arg);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	struct http_connection *connection = arg;

	(void)stream;
	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	/* It has nothing more to ask, or is silent while it waits for its answer: that comes up again when it is read from. */
	if ((what & BEV_EVENT_READING) != 0 && (what & (BEV_EVENT_EOF | BEV_EVENT_TIMEOUT)) != 0 &&
	    (connection->state == HTTP_CONNECTION_WORKING ||
		connection->state == HTTP_CONNECTION_WRITING) &&
	    connection->settings->tls == NULL)
		return;
	if ((what & BEV_EVENT_TIMEOUT) != 0)
		time_over(connection);
	else
		http_connection_end(connection);
}

static struct bufferevent *
stream_create(struct event_base *base, int fd, SSL_CTX *tls)
{
	struct bufferevent *stream;

	if (tls == NULL)
		return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	stream = bufferevent_openssl_socket_new(
	    base, fd, SSL_new(tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	/* Lengths are in the HTTP headers: a close without close_notify cuts nothing short unseen. */
	bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	return stream;
}

struct http_connection *
http_connection_create(struct event_base *base, int fd, const char *address,
    const struct http_connection_settings *settings)
{
	struct http_connection *connection = g_new0(struct http_connection, 1);
	const struct timeval silence = {.tv_sec = settings->limits->idle_seconds};

	connection->settings = settings;
	connection->address = g_strdup(address);
	connection->stream = stream_create(base, fd, settings->tls);
	connection->deadline = evtimer_new(base, on_deadline, connection);
	bufferevent_setcb(connection->stream, on_readable, on_written, on_event, connection);
	bufferevent_set_timeouts(connection->stream, &silence, &silence);
	if (settings->tls == NULL)
		bufferevent_setwatermark(connection->stream, EV_READ, 0, HTTP_READ_AHEAD_BYTES);
	read_begin(connection);
	return connection;
}

void
http_connection_refuse(struct http_connection *connection)
{
	http_request_refuse(connection->request, 503, "There are too many connections just now.");
	work_begin(connection);
}

void
http_connection_answer(
    struct http_connection *connection, struct evbuffer *answer, enum http_connection_after after)
{
	connection->work = NULL;
	connection->state = HTTP_CONNECTION_WRITING;
	connection->closes = after == HTTP_CONNECTION_CLOSE;
	deadline_set(connection, connection->settings->limits->answer_seconds);
	/* At once, if the socket takes it: what is left is sent when the loop says so, and a failure is found there. */
	if (connection->settings->tls == NULL &&
	    evbuffer_get_length(bufferevent_get_output(connection->stream)) == 0)
		(void)evbuffer_write(answer, bufferevent_getfd(connection->stream));
	if (evbuffer_get_length(answer) > 0)
		bufferevent_write_buffer(connection->stream, answer);
	else
		write_end(connection);
}

void
http_connection_end(struct http_connection *connection)
{
	connection->settings->calls->ended(connection->settings->arg, connection);
	http_request_free(connection->request);
	event_free(connection->deadline);
	bufferevent_free(connection->stream);
	g_free(connection->address);
	g_free(connection);
}
