/*
 * A TCP connection to a mail server, plain at first, under TLS after stream_start_tls();
 * non-blocking, on the event loop.
 *
 * Not a bufferevent: most conversations are a few small packets, and this reads and writes each
 * with one system call where evbuffers take three or four. stream_destroy() may be called from
 * within an event.
 */
#ifndef SERVICES_RELAY_DELIVER_STREAM_H
#define SERVICES_RELAY_DELIVER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "base/error.h"

struct event_base;
struct stream;

enum stream_failure {
	STREAM_CLOSED,    /* the peer closed it */
	STREAM_ERROR,     /* refused, reset, unreachable */
	STREAM_TLS_FAILED /* the handshake failed, or the TLS session broke */
};

struct stream_events {
	void (*connected)(void *arg);
	void (*secured)(void *arg); /* the TLS handshake is done */
	void (*received)(void *arg, const char *data, size_t length);
	void (*drained)(void *arg); /* what stream_write() had to keep is sent */
	/* The last event of a stream. reason: in words, lower case. */
	void (*failed)(void *arg, enum stream_failure failure, const char *reason);
};

/* Starts to connect. events must outlive the stream. NULL when that fails at once: error says why. */
struct stream *stream_connect(struct event_base *base, const struct sockaddr *address,
    socklen_t length, const struct stream_events *events, void *arg, struct error *error);
void stream_destroy(struct stream *stream);

/* Copies what the socket does not take. A failure is told by a `failed` event, never from within
 * this call. */
void stream_write(struct stream *stream, const char *data, size_t length);

/* Bytes that wait for the socket. */
size_t stream_pending(const struct stream *stream);

/* Begins the handshake as a client. Takes the session; NULL (out of memory) fails. */
void stream_start_tls(struct stream *stream, SSL *session);

/* Of a stream that is secured. */
SSL *stream_tls(const struct stream *stream);

#endif
