/*
 * The relay's answers to a receiving server: accounts by network and password, the submission rules, the store.
 *
 *   relay_backend_create() -> receive_server_create(..., relay_backend_receive(backend), ...)
 *
 * Ends in this order: receive_server_destroy(), db_worker_destroy() (which answers what is still asked), then
 * relay_backend_destroy().
 */
#ifndef SERVICES_RELAY_RECEIVE_RELAY_BACKEND_H
#define SERVICES_RELAY_RECEIVE_RELAY_BACKEND_H

#include "base/error.h"
#include "base/memory_budget.h"
#include "db/message_store.h"
#include "services/relay/receive/backend.h"

struct deliver_settings; /* services/relay/deliver/scheduler.h */
struct event_base;
struct relay_backend;

/* What becomes of a message without a Subject, or without any text: 554 5.6.0, or 250 and nothing. Both are reported. */
enum relay_malformed { RELAY_MALFORMED_REJECT, RELAY_MALFORMED_DISCARD };

struct relay_backend_settings {
	struct db_worker *worker;
	struct memory_budget *budget; /* what messages are counted in */
	enum relay_malformed malformed;
	bool logs_messages; /* a line of the log for each that is accepted */
	/* bounce_domain: of return paths, whose mail is taken from anyone; and how senders are told */
	const struct deliver_settings *deliver;

	/* Whether this worker should deliver the next message from memory. */
	bool (*has_room)(void *arg);

	/* A message to deliver is committed. The callee takes its own references. claimed: as message_store_done says. */
	void (*accepted)(void *arg, struct message *message, enum message_claim claimed);
	void *arg;
};

/* What settings points to must outlive the backend; settings itself is copied. Fails when no thread can be started. */
struct relay_backend *relay_backend_create(
    struct event_base *base, const struct relay_backend_settings *settings, struct error *error);
struct receive_backend *relay_backend_receive(struct relay_backend *backend);
void relay_backend_destroy(struct relay_backend *backend);

#endif
