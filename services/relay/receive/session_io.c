#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>

#include "base/metrics.h"

#include "services/relay/receive/session_private.h"

bool
session_takes_bare_newlines(const struct session *session)
{
	return network_list_contains(
	    &session->server->settings->bare_newline_networks, session->address);
}

enum line_outcome
session_take_line(struct session *session, char *line, size_t *length)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);
	struct evbuffer_ptr newline = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF);
	size_t waiting = evbuffer_get_length(input);
	size_t whole, end;

	if (newline.pos < 0) {
		/* Of an overlong line the last byte stays: it may be the CR. */
		if (waiting >= LINE_MAX_BYTES) {
			evbuffer_drain(input, waiting - 1);
			session->is_overlong = true;
		}
		return LINE_NONE;
	}
	whole = (size_t)newline.pos + 1;
	if (whole > LINE_MAX_BYTES) {
		evbuffer_drain(input, whole - 2);
		whole = 2;
		session->is_overlong = true;
	}
	evbuffer_remove(input, line, whole);
	end = whole - 1;
	if (end > 0 && line[end - 1] == '\r')
		end--;
	else if (!session_takes_bare_newlines(session))
		return LINE_BARE_NEWLINE;
	if (memchr(line, '\r', end) != NULL)
		return LINE_BARE_NEWLINE;
	*length = end;
	if (!session->is_overlong)
		return LINE_TAKEN;
	session->is_overlong = false;
	return LINE_OVERLONG;
}

void
session_set_timeout(struct session *session, unsigned seconds)
{
	const struct timeval silence = {.tv_sec = seconds};

	bufferevent_set_timeouts(session->connection, &silence, &silence);
}

size_t
session_output_waiting(const struct session *session)
{
	return session->replies->len +
	    evbuffer_get_length(bufferevent_get_output(session->connection));
}

static void
on_readable(struct bufferevent *connection, void *arg)
{
	(void)connection;
	session_run(arg);
}

static void
on_written(struct bufferevent *connection, void *arg)
{
	(void)connection;
	session_run(arg);
}

static void
session_greet(struct session *session)
{
	session_enter(session, SESSION_COMMAND);
	session_reply_format(
	    session, "220 %s ESMTP Bracemail", session->server->settings->hostname);
}

/* RFC 3207: after STARTTLS there is no second greeting; the client says EHLO again. */
static void
session_handshake_done(struct session *session)
{
	SSL *ssl = bufferevent_openssl_get_ssl(session->connection);

	g_snprintf(session->tls, sizeof(session->tls), "%s %s", SSL_get_version(ssl),
	    SSL_get_cipher_name(ssl));
	metrics_count(
	    SSL_version(ssl) == TLS1_3_VERSION ? METRIC_SMTP_TLS_13 : METRIC_SMTP_TLS_12, 1);
	if (session->listener->tls == RECEIVE_TLS_IMPLICIT)
		session_greet(session);
	else
		session_enter(session, SESSION_COMMAND);
}

static void
session_timed_out(struct session *session, short direction)
{
	if (direction & BEV_EVENT_WRITING) {
		session_enter(session, SESSION_CLOSED);
		return;
	}
	switch (session->state) {
	case SESSION_ASKED_MAIL:
	case SESSION_ASKED_RCPT:
	case SESSION_ASKED_LOGIN:
	case SESSION_ASKED_MESSAGE:
		/* The client waits for us: its silence is no fault. */
	case SESSION_QUITTING:
	case SESSION_CLOSING:
		/* The last reply is on its way, and writing has its own time. */
		break;
	case SESSION_COMMAND:
	case SESSION_AUTH_LINE:
	case SESSION_DATA:
	case SESSION_CHUNK:
		session_refuse(session, "421 4.4.2 nothing came for too long");
		break;
	default:
		session_enter(session, SESSION_CLOSED);
	}
}

static void
session_client_closed(struct session *session)
{
	session->is_ended = true;
	/* libevent stops both directions of a TLS connection at its end: no reply can leave any more. */
	if (session_is_tls(session)) {
		session_enter(session, SESSION_CLOSED);
		return;
	}
	switch (session->state) {
	case SESSION_PROXY:
	case SESSION_HANDSHAKE:
	case SESSION_DATA:
	case SESSION_CHUNK:
	case SESSION_STARTTLS:
	case SESSION_LINGERING:
		session_enter(session, SESSION_CLOSED);
		break;
	default:
		/* What it said before is still answered; session_step_line() sees the end. */
		break;
	}
}

static void
on_event(struct bufferevent *connection, short events, void *arg)
{
	struct session *session = arg;

	(void)connection;
	if (events & BEV_EVENT_CONNECTED)
		session_handshake_done(session);
	else if (events & BEV_EVENT_TIMEOUT)
		session_timed_out(session, events);
	else if (events & BEV_EVENT_EOF)
		session_client_closed(session);
	else
		session_enter(session, SESSION_CLOSED);
	session_run(session);
}

/* Makes the connection's callbacks, limits and timeouts what every connection has. */
static void
session_attend(struct session *session)
{
	bufferevent_setcb(session->connection, on_readable, on_written, on_event, session);
	bufferevent_setwatermark(session->connection, EV_READ, 0, INPUT_MAX_BYTES);
	session_set_timeout(session, session->server->settings->limits.command_seconds);
	bufferevent_enable(session->connection, EV_READ | EV_WRITE);
}

static void
session_start_tls(struct session *session, evutil_socket_t fd)
{
	SSL *ssl = SSL_new(session->server->tls);

	if (ssl == NULL)
		g_error("OpenSSL has no memory");
	/* Clients that hang up without close_notify are many; SMTP says by itself where a message ends. */
	SSL_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	session_enter(session, SESSION_HANDSHAKE);
	session->connection = bufferevent_openssl_socket_new(
	    session->server->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_openssl_set_allow_dirty_shutdown(session->connection, 1);
	session_attend(session);
}

/* The socket goes from one bufferevent to another; what was read ahead is dropped with the first (RFC 3207 4.2). */
static void
session_upgrade(struct session *session)
{
	evutil_socket_t fd = bufferevent_getfd(session->connection);

	bufferevent_setfd(session->connection, -1);
	bufferevent_free(session->connection);
	session_start_tls(session, fd);
}

static void
session_connect_plain(struct session *session, evutil_socket_t fd)
{
	session->connection =
	    bufferevent_socket_new(session->server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	session_attend(session);
}

void
session_connect(struct session *session, evutil_socket_t fd)
{
	if (session->listener->tls == RECEIVE_TLS_IMPLICIT) {
		session_start_tls(session, fd);
		return;
	}
	session_connect_plain(session, fd);
	session_greet(session);
}

void
session_connect_proxied(struct session *session, evutil_socket_t fd)
{
	session_connect_plain(session, fd);
	session_await_proxy(session);
}

void
session_proceed(struct session *session)
{
	if (session->listener->tls == RECEIVE_TLS_IMPLICIT)
		session_upgrade(session);
	else
		session_greet(session);
}

/* Straight to the socket as a rule: one system call, where the bufferevent's way by the event loop takes four. */
static bool
session_send_now(struct session *session)
{
	ssize_t sent;

	if (session_is_tls(session) ||
	    evbuffer_get_length(bufferevent_get_output(session->connection)) > 0)
		return true;
	sent = send(bufferevent_getfd(session->connection), session->replies->str,
	    session->replies->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent > 0)
		g_string_erase(session->replies, 0, sent);
	return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

static void
session_close_tls(struct session *session)
{
	if (session_is_tls(session))
		SSL_shutdown(bufferevent_openssl_get_ssl(session->connection));
}

/* All replies are out. */
static void
session_on_flushed(struct session *session)
{
	switch (session->state) {
	case SESSION_STARTTLS:
		session_start_over(session);
		session_upgrade(session);
		break;
	case SESSION_QUITTING:
		session_close_tls(session);
		session_enter(session, SESSION_CLOSED);
		break;
	case SESSION_CLOSING:
		/* close() with input unread would reset the connection, and the client might never see the reply. */
		session_close_tls(session);
		shutdown(bufferevent_getfd(session->connection), SHUT_WR);
		session_enter(session, session->is_ended ? SESSION_CLOSED : SESSION_LINGERING);
		break;
	default:
		break;
	}
}

static void
session_discard_input(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);

	evbuffer_drain(input, evbuffer_get_length(input));
}

void
session_flush(struct session *session)
{
	if (session->state == SESSION_CLOSED)
		return;
	if (session->state == SESSION_CLOSING || session->state == SESSION_LINGERING)
		session_discard_input(session);
	if (session->replies->len > 0 && !session_send_now(session)) {
		session_enter(session, SESSION_CLOSED);
		return;
	}
	if (session->replies->len > 0) {
		bufferevent_write(
		    session->connection, session->replies->str, session->replies->len);
		g_string_truncate(session->replies, 0);
	}
	if (session_output_waiting(session) == 0)
		session_on_flushed(session);
}

/*
 * libevent calls again and again while the input stands at its high watermark and reading is enabled, so a full
 * input is more than a pause of its own: reading is disabled.
 */
void
session_adjust_reading(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);
	bool is_reading = (bufferevent_get_enabled(session->connection) & EV_READ) != 0;
	bool is_wanted = !session->is_ended && !session->gate_pass.is_waiting &&
	    evbuffer_get_length(input) < INPUT_MAX_BYTES;

	if (is_wanted && !is_reading)
		bufferevent_enable(session->connection, EV_READ);
	else if (!is_wanted && is_reading)
		bufferevent_disable(session->connection, EV_READ);
}
