#include "services/relay/deliver/destination_private.h"

#include "base/clock.h"

#include "services/relay/deliver/mta_sts.h"
#include "services/relay/deliver/mta_sts_route.h"
#include "services/relay/deliver/route_lookup.h"

static void
destination_on_policy(void *arg, enum mta_sts_outcome outcome, struct mta_sts_policy *policy)
{
	struct destination *destination = arg;
	bool was_waiting = destination->policy != NULL;

	destination->policy = NULL;
	if (outcome == MTA_STS_UNAVAILABLE) {
		route_keep_unrestricted(destination->route);
		route_fail(destination->route, VERDICT_DEFERRED, "4.3.0",
		    "the MTA-STS policies cannot be read just now");
		destination->route->expires_at = clock_now() + ROUTE_TTL_LEAST * CLOCK_SECOND;
	} else if (outcome == MTA_STS_FOUND) {
		mta_sts_route_apply(policy, destination->name, destination->route);
	}
	if (was_waiting)
		destination_serve(destination);
}

/* The route was found: what does the domain ask of its hosts? Returns whether that is yet to be answered. */
static bool
destination_ask_policy(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;

	if (scheduler->mta_sts == NULL || destination->route->failure.status != VERDICT_OPEN)
		return false;
	destination->policy =
	    mta_sts_find(scheduler->mta_sts, destination->name, destination_on_policy, destination);
	return destination->policy != NULL;
}

bool
destination_seeks_route(const struct destination *destination)
{
	return destination->lookup != NULL || destination->policy != NULL;
}

void
destination_stop_seeking(struct destination *destination)
{
	if (destination->lookup != NULL)
		route_lookup_cancel(destination->lookup);
	if (destination->policy != NULL)
		mta_sts_cancel(destination->policy);
}

static void
destination_on_route(void *arg, struct route *route)
{
	struct destination *destination = arg;

	destination->lookup = NULL;
	route_unref(destination->route);
	destination->route = route;
	if (!destination_ask_policy(destination))
		destination_serve(destination);
}

/* Sets the route, or starts to look it up. */
static void
destination_find_route(struct destination *destination)
{
	struct scheduler *scheduler = destination->scheduler;
	const struct deliver_settings *settings = scheduler->settings;
	const struct route_endpoint *smarthost = &scheduler->smarthost;
	struct route *route = NULL;

	if (settings->route == DELIVER_ROUTE_SMARTHOST && smarthost->is_literal) {
		route = route_create();
		(void)route_add(route, NULL, smarthost->host, smarthost->port);
	} else if (settings->route == DELIVER_ROUTE_SMARTHOST) {
		destination->lookup = route_lookup_host(scheduler->resolver, smarthost->host,
		    smarthost->port, destination_on_route, destination);
	} else if (destination->name[0] == '\0') {
		route = route_create();
		route_fail(route, VERDICT_FAILED, "5.1.3", "not an e-mail address");
	} else {
		route = route_from_literal(destination->name, settings->port);
		if (route == NULL)
			destination->lookup = route_lookup_domain(scheduler->resolver,
			    destination->name, settings->hostname, settings->port,
			    destination_on_route, destination);
	}
	if (route != NULL) {
		route_unref(destination->route);
		destination->route = route;
	}
}

bool
destination_has_route(struct destination *destination)
{
	if (!destination_seeks_route(destination) &&
	    (destination->route == NULL || destination->route->expires_at <= clock_now()))
		destination_find_route(destination);
	return !destination_seeks_route(destination);
}
