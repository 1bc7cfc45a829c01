/*
 * A connection to a mail host: a stream and a client on it, with their timeouts, over which one
 * transaction after another goes.
 *
 *   connection_open() -> ready -> connection_begin() -> ended -> connection_begin() ... -> connection_leave()
 *   or failed at any time between transactions; within one, `ended` tells.
 *
 * Whoever uses it at the time hears its events: connection_set_owner(). connection_close() and
 * connection_leave() may be called from within an event, and it is gone then.
 */
#ifndef SERVICES_RELAY_DELIVER_CONNECTION_H
#define SERVICES_RELAY_DELIVER_CONNECTION_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "services/relay/deliver/route.h"
#include "services/relay/deliver/scheduler.h"
#include "services/relay/deliver/client.h"
#include "services/relay/deliver/security.h"
#include "services/relay/deliver/transaction.h"

struct event_base;
struct connection;
struct connection_set;

enum { CONNECTION_QUIT_SECONDS = 5 /* for the reply to QUIT, which nobody waits for otherwise */ };

enum connection_failure {
	CONNECTION_FAILED,    /* not connected, or no word came */
	CONNECTION_REFUSED,   /* by the server's own words */
	CONNECTION_TLS_FAILED /* STARTTLS was taken, the handshake failed: worth a try without */
};

struct connection_events {
	void (*ready)(void *arg);
	void (*ended)(void *arg);  /* the transaction: its recipients have their verdicts */
	void (*rested)(void *arg); /* after connection_rest(): idle_seconds are over */
	void (*failed)(void *arg, enum connection_failure failure, struct verdict verdict);
};

/* All connections of a scheduler, and what they share. settings must outlive it. */
struct connection_set *connection_set_create(
    struct event_base *base, const struct deliver_settings *settings, struct error *error);

/* Closes those that are saying goodbye; no other may be open. */
void connection_set_destroy(struct connection_set *set);

/* Starts; the outcome is always told by an event. host and security's domain must live until
 * `ready` or `failed`; the transcript of the opening does not name it. */
struct connection *connection_open(struct connection_set *set, const struct route_host *host,
    const struct security *security, enum message_tls asked, const struct connection_events *events,
    void *arg);
void connection_set_owner(
    struct connection *connection, const struct connection_events *events, void *arg);

/* "mx1.example.net [192.0.2.1]:25". */
const char *connection_where(const struct connection *connection);

/* Whether it is under TLS, with a certificate that was verified. */
bool connection_is_verified(const struct connection *connection);

/* Whether mail that asks this of TLS may go over it: it was opened for no less. */
bool connection_suits(const struct connection *connection, enum message_tls asked);
struct client *connection_client(struct connection *connection);

/* Begins a transaction on a connection that is ready. It may end, by an event, before this returns. */
void connection_begin(struct connection *connection, struct transaction *transaction);

/* Whether it can take one more transaction. */
bool connection_is_usable(const struct connection *connection);

/* Whether the final dot of the transaction has left this machine's program. */
bool connection_is_past_dot(const struct connection *connection);

/* Waits for a next transaction, for the settings' idle_seconds; then `rested` comes. */
void connection_rest(struct connection *connection);

/* Says QUIT when that can be said, and closes in its own time. */
void connection_leave(struct connection *connection);

/* At once. */
void connection_close(struct connection *connection);

#endif
