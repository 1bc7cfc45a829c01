/*
 * The API's HTTP server: the event loop reads whole requests (server/http_connection.h) and sends answers; threads
 * (server/http_pool.h) make them (server/http_router.h). A slow client never holds a thread.
 *
 * Addresses are bound with SO_REUSEPORT: a successor may listen beside this one while it drains.
 */
#ifndef SERVER_HTTP_LISTENER_H
#define SERVER_HTTP_LISTENER_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/network.h"
#include "server/http_limits.h"
#include "services/soap/soap_service.h"

struct event_base;
struct http_listener;

enum {
	HTTP_DRAIN_MILLISECONDS =
	    300 /* a call that is on its way when draining begins is answered */
};

struct http_listener_settings {
	const char *const *addresses; /* "127.0.0.1:8080", "[::1]:8080"; NULL-terminated */
	SSL_CTX *tls;                 /* NULL: plain HTTP; else a reference is taken */
	const char *conninfo;
	struct soap_service_settings service;
	struct http_limits limits;
	struct network_list
	    proxies; /* whose X-Forwarded-For is believed; must outlive the listener */
	struct network_list metrics_networks; /* who may read /metrics; the same */
	const char *access_log;               /* see server/access_log.h; NULL: none */
	unsigned threads;
};

/* Listens at once. NULL: error says which address and why. settings are copied. */
struct http_listener *http_listener_create(
    struct event_base *base, const struct http_listener_settings *settings, struct error *error);

/* Stops listening, answers what has been asked, then calls done once, from the loop. */
void http_listener_drain(struct http_listener *listener, void (*done)(void *arg), void *arg);

/* Waits for the threads, closes all connections. */
void http_listener_destroy(struct http_listener *listener);

#endif
