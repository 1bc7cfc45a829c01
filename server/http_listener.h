/*
 * The API's HTTP server: evhttp on the event loop reads whole requests and sends answers; threads
 * (server/http_pool.h) make them by services/soap. A slow client never holds a thread.
 *
 * Addresses are bound with SO_REUSEPORT: a successor may listen beside this one while it drains.
 *
 * /u/... is for who unsubscribes (services/unsubscribe), all else the API's. GET /healthz answers 200 when the database does, else 503.
 */
#ifndef SERVER_HTTP_LISTENER_H
#define SERVER_HTTP_LISTENER_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "services/soap/soap_service.h"

struct event_base;
struct http_listener;

enum {
	HTTP_HEADERS_MAX = 32 << 10, /* bytes; 400 beyond */
	HTTP_BODY_MAX = 32 << 20,    /* bytes; 413 beyond */
	HTTP_IDLE_SECONDS = 60, /* a client that sends or reads nothing for so long is closed */
	HTTP_JOBS_MAX =
	    1024, /* requests read and not yet answered; TooManyRequestsException beyond */
	HTTP_JOBS_BYTES_MAX = 128 << 20, /* of their bodies; TooManyRequestsException beyond */
	HTTP_DRAIN_MILLISECONDS =
	    300 /* a call that is on its way when draining begins is answered */
};

struct http_listener_settings {
	const char *const *addresses; /* "127.0.0.1:8080", "[::1]:8080"; NULL-terminated */
	SSL_CTX *tls;                 /* NULL: plain HTTP; else a reference is taken */
	const char *conninfo;
	struct soap_service_settings service;
	unsigned threads;
};

/* Listens at once. NULL: error says which address and why. settings are copied. */
struct http_listener *http_listener_create(
    struct event_base *base, const struct http_listener_settings *settings, struct error *error);

/* Certificates were read again: for connections from now on. The listener was made with TLS. */
void http_listener_set_tls(struct http_listener *listener, SSL_CTX *tls);

/* Stops listening, answers what has been asked, then calls done once, from the loop. */
void http_listener_drain(struct http_listener *listener, void (*done)(void *arg), void *arg);

/* Waits for the threads, closes all connections. */
void http_listener_destroy(struct http_listener *listener);

#endif
