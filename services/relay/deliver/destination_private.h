/* Private to destination*.c: destination.c (who is served next), destination_group.c (what goes
 * in one transaction), destination_route.c (where it goes), destination_resting.c (connections between two messages). */
#ifndef SERVICES_RELAY_DELIVER_DESTINATION_PRIVATE_H
#define SERVICES_RELAY_DELIVER_DESTINATION_PRIVATE_H

#include "services/relay/deliver/destination.h"
#include "services/relay/deliver/pace.h"
#include "services/relay/deliver/surplus.h"

struct event;
struct mta_sts_wait;
struct route_lookup;

struct destination {
	struct scheduler *scheduler;
	char *name;
	GQueue ready;   /* struct delivery, oldest first */
	GQueue resting; /* struct resting, by their own links */
	unsigned open;  /* connections: of running transfers, and resting */
	struct pace pace;
	struct surplus surplus;
	char *trouble;       /* what the attempt that failed last ended with; or NULL */
	struct event *timer; /* for the next turn, or to be forgotten; NULL until needed */
	struct route *route;
	struct route_lookup *lookup; /* under way; or NULL */
	struct mta_sts_wait *policy; /* asked for, when the route is found; or NULL */
	GList crowd;                 /* link in scheduler->crowd */
	bool is_crowding;
	GList fresh; /* link in scheduler->fresh */
	bool is_fresh;
	bool is_serving; /* guards against serving within serving */
};

/* destination.c: a delivery that was in `ready` has left it. */
void destination_unqueued(struct destination *destination, const struct delivery *delivery);

/* destination_group.c: the delivery whose turn it is, and others of the same message that go in one transaction with it. */
GPtrArray *destination_take_next(struct destination *destination);

/* destination_route.c: whether the route is there; if not, it is being looked up, and the destination is served later. */
bool destination_has_route(struct destination *destination);
bool destination_seeks_route(const struct destination *destination);
void destination_stop_seeking(struct destination *destination);

/* destination.c: one connection less. */
void destination_closed(struct destination *destination);

/* destination_resting.c: a connection waits for the next message; it is counted as open. */
void destination_rest(struct destination *destination, struct connection *connection);

/* Whether one rests that suits the delivery whose turn it is. */
bool destination_has_rested(const struct destination *destination);

/* The one of these that came last, without its owner; NULL: there is none. */
struct connection *destination_wake(struct destination *destination);

/* Says goodbye to the one that rests longest. Returns whether there was one. */
bool destination_dismiss_one(struct destination *destination);

#endif
