#include "services/relay/deliver/stream.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <glib.h>
#include <openssl/err.h>

enum { STREAM_READ_SIZE = 16 * 1024 };

enum stream_state {
	STREAM_CONNECTING,
	STREAM_PLAIN,
	STREAM_HANDSHAKE,
	STREAM_SECURE,
	STREAM_FAILED
};

struct stream {
	enum stream_state state;
	int socket;
	const struct stream_events *events;
	void *arg;
	struct event *readable;
	/* Pending while there is something to write or the TLS layer asks for it */
	struct event *writable;
	struct evbuffer *pending; /* NULL until something had to wait */
	SSL *ssl;
	enum stream_failure failure; /* to be told, while STREAM_FAILED */
	char reason[128];
};

/* Tells the failure from the event loop, since the caller may be the owner himself. */
static void
stream_fail(struct stream *stream, enum stream_failure failure, const char *reason)
{
	if (stream->state == STREAM_FAILED)
		return;
	stream->state = STREAM_FAILED;
	stream->failure = failure;
	g_strlcpy(stream->reason, reason, sizeof(stream->reason));
	event_del(stream->readable);
	event_active(stream->writable, EV_WRITE, 0);
}

static void
stream_fail_errno(struct stream *stream, int number)
{
	char *reason;

	if (number == ECONNRESET || number == EPIPE) {
		stream_fail(stream, STREAM_CLOSED, "connection reset");
		return;
	}
	reason = g_ascii_strdown(g_strerror(number), -1);
	stream_fail(stream, STREAM_ERROR, reason);
	g_free(reason);
}

/* Whether a TLS call is to be repeated later; if not, the stream has failed. */
static bool
stream_tls_waits(struct stream *stream, int result)
{
	int number = errno;
	unsigned long code;

	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return true;
	case SSL_ERROR_WANT_WRITE:
		event_add(stream->writable, NULL);
		return true;
	case SSL_ERROR_ZERO_RETURN:
		stream_fail(stream, STREAM_CLOSED, "connection closed");
		return false;
	case SSL_ERROR_SYSCALL:
		if (stream->state == STREAM_SECURE)
			stream_fail_errno(stream, number != 0 ? number : ECONNRESET);
		else
			stream_fail(stream, STREAM_TLS_FAILED, "connection closed");
		return false;
	default:
		break;
	}
	code = ERR_peek_error();
	if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		stream_fail(stream, STREAM_TLS_FAILED,
		    X509_verify_cert_error_string(SSL_get_verify_result(stream->ssl)));
		return false;
	}
	if (stream->state == STREAM_SECURE &&
	    ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		stream_fail(stream, STREAM_CLOSED, "connection closed");
	else
		stream_fail(stream, STREAM_TLS_FAILED,
		    code != 0 ? ERR_reason_error_string(code) : "protocol error");
	return false;
}

/* Bytes written, 0 when the socket is full or broken. */
static size_t
stream_send(struct stream *stream, const char *data, size_t length)
{
	ssize_t sent;
	int result;

	if (stream->ssl != NULL) {
		ERR_clear_error();
		result = SSL_write(stream->ssl, data, (int)MIN(length, INT_MAX));
		if (result > 0)
			return (size_t)result;
		(void)stream_tls_waits(stream, result);
		return 0;
	}
	do
		sent = send(stream->socket, data, length, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return (size_t)sent;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		stream_fail_errno(stream, errno);
	return 0;
}

void
stream_write(struct stream *stream, const char *data, size_t length)
{
	size_t sent;

	if (stream->state == STREAM_FAILED)
		return;
	assert(stream->state == STREAM_PLAIN || stream->state == STREAM_SECURE);
	while (stream_pending(stream) == 0 && length > 0) {
		sent = stream_send(stream, data, length);
		if (sent == 0)
			break;
		data += sent;
		length -= sent;
	}
	if (length == 0 || stream->state == STREAM_FAILED)
		return;
	if (stream->pending == NULL)
		stream->pending = evbuffer_new();
	evbuffer_add(stream->pending, data, length);
	event_add(stream->writable, NULL);
}

size_t
stream_pending(const struct stream *stream)
{
	return stream->pending != NULL ? evbuffer_get_length(stream->pending) : 0;
}

/* Whether all that waited is sent now. */
static bool
stream_flush(struct stream *stream)
{
	struct evbuffer_iovec piece;
	size_t sent;

	while (stream->state != STREAM_FAILED &&
	    evbuffer_peek(stream->pending, -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
		sent = stream_send(stream, piece.iov_base, piece.iov_len);
		if (sent == 0)
			break;
		evbuffer_drain(stream->pending, sent);
	}
	if (stream->state == STREAM_FAILED)
		return false;
	if (evbuffer_get_length(stream->pending) == 0)
		return true;
	event_add(stream->writable, NULL);
	return false;
}

static void
stream_on_connected(struct stream *stream)
{
	int number = 0, on = 1;
	socklen_t length = sizeof(number);

	if (getsockopt(stream->socket, SOL_SOCKET, SO_ERROR, &number, &length) != 0)
		number = errno;
	if (number != 0) {
		stream_fail_errno(stream, number);
		return;
	}
	(void)setsockopt(stream->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream->state = STREAM_PLAIN;
	event_add(stream->readable, NULL);
	stream->events->connected(stream->arg);
}

static void
stream_shake_hands(struct stream *stream)
{
	int result;

	ERR_clear_error();
	errno = 0;
	result = SSL_connect(stream->ssl);
	if (result != 1) {
		(void)stream_tls_waits(stream, result);
		return;
	}
	stream->state = STREAM_SECURE;
	stream->events->secured(stream->arg);
}

static void
stream_read_plain(struct stream *stream)
{
	char data[STREAM_READ_SIZE];
	ssize_t length = recv(stream->socket, data, sizeof(data), 0);

	if (length > 0)
		stream->events->received(stream->arg, data, (size_t)length);
	else if (length == 0)
		stream_fail(stream, STREAM_CLOSED, "connection closed");
	else if (errno != EAGAIN && errno != EINTR)
		stream_fail_errno(stream, errno);
}

static void
stream_read_secure(struct stream *stream)
{
	char data[STREAM_READ_SIZE];
	int length;

	ERR_clear_error();
	errno = 0;
	length = SSL_read(stream->ssl, data, sizeof(data));
	if (length <= 0) {
		(void)stream_tls_waits(stream, length);
		return;
	}
	/* What OpenSSL holds decrypted does not show at the socket: come back for it. */
	if (SSL_pending(stream->ssl) > 0)
		event_active(stream->readable, EV_READ, 0);
	stream->events->received(stream->arg, data, (size_t)length);
}

static void
stream_on_readable(evutil_socket_t socket, short what, void *arg)
{
	struct stream *stream = arg;

	(void)socket;
	(void)what;
	if (stream->state == STREAM_PLAIN)
		stream_read_plain(stream);
	else if (stream->state == STREAM_HANDSHAKE)
		stream_shake_hands(stream);
	else if (stream->state == STREAM_SECURE)
		stream_read_secure(stream);
}

static void
stream_on_writable(evutil_socket_t socket, short what, void *arg)
{
	struct stream *stream = arg;

	(void)socket;
	(void)what;
	if (stream->state == STREAM_FAILED)
		stream->events->failed(stream->arg, stream->failure, stream->reason);
	else if (stream->state == STREAM_CONNECTING)
		stream_on_connected(stream);
	else if (stream->state == STREAM_HANDSHAKE)
		stream_shake_hands(stream);
	else if (stream_pending(stream) == 0)
		stream_on_readable(socket, what, arg); /* TLS wanted to write in order to read */
	else if (stream_flush(stream))
		stream->events->drained(stream->arg);
}

struct stream *
stream_connect(struct event_base *base, const struct sockaddr *address, socklen_t length,
    const struct stream_events *events, void *arg, struct error *error)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct stream *stream;

	if (fd < 0) {
		error_set(error, "%s", g_strerror(errno));
		return NULL;
	}
	if (connect(fd, address, length) != 0 && errno != EINPROGRESS) {
		error_set(error, "%s", g_strerror(errno));
		close(fd);
		return NULL;
	}
	stream = g_new0(struct stream, 1);
	stream->state = STREAM_CONNECTING;
	stream->socket = fd;
	stream->events = events;
	stream->arg = arg;
	stream->readable = event_new(base, fd, EV_READ | EV_PERSIST, stream_on_readable, stream);
	stream->writable = event_new(base, fd, EV_WRITE, stream_on_writable, stream);
	event_add(stream->writable, NULL);
	return stream;
}

void
stream_destroy(struct stream *stream)
{
	if (stream == NULL)
		return;
	event_free(stream->readable);
	event_free(stream->writable);
	if (stream->state == STREAM_SECURE) {
		ERR_clear_error();
		(void)SSL_shutdown(stream->ssl);
	}
	SSL_free(stream->ssl);
	close(stream->socket);
	if (stream->pending != NULL)
		evbuffer_free(stream->pending);
	g_free(stream);
}

void
stream_start_tls(struct stream *stream, SSL *session)
{
	assert(stream->ssl == NULL);
	stream->ssl = session;
	if (stream->state == STREAM_FAILED)
		return;
	assert(stream->state == STREAM_PLAIN);
	if (stream_pending(stream) > 0) {
		stream_fail(stream, STREAM_TLS_FAILED, "the server is ahead of us");
		return;
	}
	stream->state = STREAM_HANDSHAKE;
	if (session == NULL || SSL_set_fd(session, stream->socket) != 1) {
		stream_fail(stream, STREAM_TLS_FAILED, "out of memory");
		return;
	}
	/* From the event loop: success is told by an event, never from within this call. */
	event_active(stream->writable, EV_WRITE, 0);
}

SSL *
stream_tls(const struct stream *stream)
{
	assert(stream->state == STREAM_SECURE);
	return stream->ssl;
}
