/*
 * One relay worker: a database hold, an SMTP server and a scheduler on one event loop.
 *
 *   relay_create() -> event loop runs -> relay_drain() -> relay_destroy()
 */
#ifndef SERVICES_RELAY_RELAY_H
#define SERVICES_RELAY_RELAY_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "db/restored.h"
#include "services/relay/deliver/scheduler.h"
#include "services/relay/receive/receive.h"
#include "services/relay/receive/relay_backend.h" /* enum relay_malformed */

struct event_base;
struct relay;

struct relay_settings {
	const char *conninfo; /* libpq connection string */
	const char *node;     /* this machine's name, for operators */
	struct restored_ledger ledger;
	struct receive_settings receive;
	struct deliver_settings deliver;
	enum relay_malformed malformed;
	bool logs_messages;  /* accepted ones; deliver.logs_attempts has the other half */
	size_t memory_bytes; /* budget of message data in this worker */
};

/* settings and tls must outlive the relay. tls: for listeners; NULL when none needs it. */
struct relay *relay_create(struct event_base *base, const struct relay_settings *settings,
    SSL_CTX *tls, struct error *error);
void relay_set_tls(struct relay *relay, SSL_CTX *tls);

/* Stops taking mail, ends what is under way (at most seconds), gives claims back, calls done once. */
void relay_drain(struct relay *relay, unsigned seconds, void (*done)(void *arg), void *arg);
void relay_destroy(struct relay *relay);

#endif
