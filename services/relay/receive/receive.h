/*
 * The receiving side: SMTP servers on the configured listeners, one event loop, no blocking call.
 *
 *   receive_server_create() -> (sessions come and go) -> receive_server_drain() -> receive_server_destroy()
 *
 * What a client may do, and what becomes of its message, is the backend's word: the relay
 * (relay_backend.c: accounts, groups, the store) or the capture server of --dev (capture.c).
 */
#ifndef SERVICES_RELAY_RECEIVE_RECEIVE_H
#define SERVICES_RELAY_RECEIVE_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/network.h"

struct event_base;
struct receive_backend; /* receive/backend.h */
struct receive_server;

enum receive_tls { RECEIVE_TLS_NONE, RECEIVE_TLS_STARTTLS, RECEIVE_TLS_IMPLICIT };

enum receive_auth {
	RECEIVE_AUTH_REQUIRED, /* by network or by password; passwords only under TLS */
	RECEIVE_AUTH_NONE      /* no AUTH offered (the capture server) */
};

struct receive_listener {
	const char *name;             /* "submission" */
	const char *const *addresses; /* "0.0.0.0:587", "[::]:587"; NULL-terminated */
	enum receive_tls tls;
	enum receive_auth auth;
	struct network_list proxy; /* balancers: a PROXY header, version 2, comes first from here */
};

/* Every limit has a reply; see the .c file of the command that meets it. */
struct receive_limits {
	size_t message_bytes;         /* SIZE; 552 5.3.4 */
	unsigned recipients;          /* per transaction; 452 4.5.3 */
	unsigned errors;              /* per connection; 421 4.7.0 */
	unsigned messages;            /* per connection, refused ones too; 421 4.7.0 */
	unsigned connections;         /* per worker; 421 4.3.2 */
	unsigned address_connections; /* per client address and worker, at once; 421 4.7.0 */
	unsigned address_rate;        /* the same, new ones within a minute; 421 4.7.0 */
	size_t header_bytes;          /* of a message; 552 5.3.4 */
	size_t line_bytes;            /* of a line of it, without CR LF; 554 5.6.0 */
	unsigned fields;              /* header fields of a message; 554 5.6.0 */
	unsigned mime_depth;          /* parts of it within parts; 554 5.6.0 */
	unsigned hops;                /* its Received fields: more is a loop; 554 5.4.6 */
	unsigned proxy_seconds; /* from a balancer's connection to the end of its header; closed */
	unsigned command_seconds; /* silence before 421 4.4.2; RFC 5321 4.5.3.2.7 says 5 minutes */
	unsigned data_seconds;    /* silence within DATA; RFC 5321 4.5.3.2.5 says 3 minutes */
	unsigned
	    data_total_seconds; /* from 354 to the last dot, waits for our memory aside; 421 4.4.2 */
	/* bytes a second, of DATA once data_seconds are over, on average; 0: any; 421 4.4.2 */
	unsigned data_rate;
	unsigned turn_seconds; /* for a message while memory is spent and others wait; 421 4.3.1 */
};

struct receive_settings {
	const char *hostname; /* greeting, EHLO, Received */
	const struct receive_listener *listeners;
	unsigned listener_count;
	struct receive_limits limits;
	struct network_list plaintext_networks; /* from here passwords are taken outside TLS too */
	/* from here an LF alone ends a line, see data.h; elsewhere it ends the connection */
	struct network_list bare_newline_networks;
};

/* Sensible defaults; docs/configuration.md has the table. */
struct receive_limits receive_limits_default(void);

/*
 * Binds every listener (SO_REUSEPORT) and starts. settings, tls (NULL: no TLS listener) and backend must outlive the
 * server. Fails, naming the address, when one cannot be bound. One server at a time for a backend with a budget.
 */
struct receive_server *receive_server_create(struct event_base *base,
    const struct receive_settings *settings, SSL_CTX *tls, struct receive_backend *backend,
    struct error *error);

/* New TLS sessions use this context from now on (a reload). */
void receive_server_set_tls(struct receive_server *server, SSL_CTX *tls);

/*
 * Stops listening. For grace_seconds sessions go on as long as their clients talk, or are within a transaction; then, and between
 * messages after a second of silence, they get 421 4.3.2. Those within DATA finish it. done: none is left.
 */
void receive_server_drain(
    struct receive_server *server, unsigned grace_seconds, void (*done)(void *arg), void *arg);
void receive_server_destroy(struct receive_server *server);

#endif
