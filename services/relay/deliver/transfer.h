/*
 * One attempt to deliver a message to a recipient, or to several that share the transaction: finds a host of the route that
 * talks, has the transaction made, writes each one's transcript. It ends by calling `over`, once, perhaps before
 * transfer_start() returns.
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

/* What became of one recipient; attempt is complete, to be recorded. */
struct transfer_result {
	struct delivery *delivery;
	struct attempt *attempt;
};

struct transfer_events {
	/* Of some recipients, or all; each comes once. What they point to is the callee's. Nothing may be done to the transfer
	 * from within. */
	void (*ended)(void *arg, const struct transfer_result *results, unsigned count,
	    enum transfer_contact contact);
	/* All have ended, and it is gone. connection: the callee's, it can take another transaction; NULL: none is left. */
	void (*over)(void *arg, struct connection *connection);
};

/* What the attempts of a scheduler share. */
struct transfer_context {
	const struct deliver_settings *settings;
	const struct db_worker *worker; /* knows whose mail leaves under which sender */
	struct connection_set *connections;
	struct content_context content;
	GQueue running; /* transfers, by their own links */
};

/*
 * Takes connection and the deliveries, not their array: one at least; of several each is of the same message, as it is stored, under the
 * same sender, and their addresses are alike in needing SMTPUTF8 or not. domain: the destination,
 * for a transcript without a host. connection: one that is ready for a transaction; NULL: one is
 * opened. route: has hosts, or the reason why not.
 */
void transfer_start(struct transfer_context *context, const GPtrArray *deliveries,
    const char *domain, struct route *route, struct connection *connection,
    const struct transfer_events *events, void *arg);

/* Whether the server may already have taken the message: then only its reply can end this. */
bool transfer_is_past_dot(const struct transfer *transfer);

/* Ends it without a trace: the message is not sent, no event comes. Returns what had not ended: the caller's. Not past the
 * dot. */
GPtrArray *transfer_abort(struct transfer *transfer);

/* The deliveries are no longer this worker's: what is under way, past the dot, goes on to its end, and nothing further
 * begins. */
void transfer_outlive(struct transfer *transfer);

/* Ends it as a deferral, with a note why. */
void transfer_give_up(struct transfer *transfer, const char *note);

/* The arg it was started with. */
void *transfer_owner(const struct transfer *transfer);

/* Those that have not ended, by number. */
unsigned transfer_count(const struct transfer *transfer);
const struct delivery *transfer_delivery(const struct transfer *transfer, unsigned index);

#endif
