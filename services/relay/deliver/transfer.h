/*
 * One attempt to deliver: finds a host of the route that talks, has the transaction made, writes
 * the transcript. It ends by calling done, once, perhaps before transfer_start() returns.
 */
#ifndef SERVICES_RELAY_DELIVER_TRANSFER_H
#define SERVICES_RELAY_DELIVER_TRANSFER_H

#include <stdbool.h>

#include "db/queue.h"

#include "services/relay/deliver/connection.h"
#include "services/relay/deliver/content.h"
#include "services/relay/deliver/route.h"

struct transfer;

/* How the destination's hosts behaved; the better one of several counts. */
enum transfer_contact {
	TRANSFER_CONTACT_NONE, /* none was asked */
	TRANSFER_UNREACHED,
	TRANSFER_HELD_BACK, /* 421 or 4xx at the door */
	TRANSFER_SERVED     /* took part in a transaction, or refused for good */
};

/* delivery and attempt (complete, to be recorded) go to the callee, and connection, which can take
 * another transaction; NULL: none is left. */
typedef void transfer_done(void *arg, struct delivery *delivery, struct attempt *attempt,
    struct connection *connection, enum transfer_contact contact);

/* What the attempts of a scheduler share. */
struct transfer_context {
	const struct deliver_settings *settings;
	const struct db_worker *worker; /* knows whose mail leaves under which sender */
	struct connection_set *connections;
	struct content_context content;
	GQueue running; /* transfers, by their own links */
};

/*
 * Takes delivery and connection. domain: the destination, for a transcript without a host.
 * connection: one that is ready for a transaction; NULL: one is opened. route: has hosts, or the
 * reason why not.
 */
void transfer_start(struct transfer_context *context, struct delivery *delivery, const char *domain,
    struct route *route, struct connection *connection, transfer_done *done, void *arg);

/* Whether the server may already have taken the message: then only its reply can end this. */
bool transfer_is_past_dot(const struct transfer *transfer);

/* Ends it without a trace: the message is not sent, done is not called. The delivery is the
 * caller's. Not past the dot. */
struct delivery *transfer_abort(struct transfer *transfer);

/* Ends it as a deferral, with a note why; done is called. */
void transfer_give_up(struct transfer *transfer, const char *note);

/* The arg it was started with. */
void *transfer_owner(const struct transfer *transfer);

int64_t transfer_delivery_id(const struct transfer *transfer);

#endif
