#include "services/relay/deliver/resolver.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

enum { RESOLVER_CLASS_IN = 1, RESOLVER_RCODE_NXDOMAIN = 3 };

enum resolver_view { RESOLVER_LOCAL, RESOLVER_PUBLIC };

struct resolver {
	struct event_base *base;
	struct ub_ctx *context;
	struct event *readable;
};

struct resolver_query {
	struct resolver *resolver;
	resolver_done *done;
	void *arg;
	int id;       /* libunbound's */
	bool is_sent; /* libunbound will call back */
	struct event *timer;
};

static void
resolver_on_readable(evutil_socket_t socket, short what, void *arg)
{
	struct resolver *resolver = arg;

	(void)socket;
	(void)what;
	(void)ub_process(resolver->context);
}

/* libunbound would find out with the first question, and say so to nobody. */
static bool
resolver_add_trust_anchor(struct ub_ctx *context, const char *path, struct error *error)
{
	int status;

	if (path == NULL)
		return true;
	if (access(path, R_OK) != 0)
		return error_set(error, "trust_anchor \"%s\": %s", path, g_strerror(errno));
	status = ub_ctx_add_ta_file(context, path);
	return status == 0 ||
	    error_set(error, "trust_anchor \"%s\": %s", path, ub_strerror(status));
}

static int
resolver_configure(struct ub_ctx *context, const char *forward, enum resolver_view view)
{
	int status = ub_ctx_async(context, 1); /* a thread, not a process */

	if (status == 0)
		status = view == RESOLVER_LOCAL
		    ? ub_ctx_hosts(context, NULL)
		    : ub_ctx_set_option(context, "unblock-lan-zones:", "yes");
	if (forward == NULL)
		return status != 0 ? status : ub_ctx_resolvconf(context, NULL);
	if (status == 0)
		status = ub_ctx_set_option(context, "do-not-query-localhost:", "no");
	if (status == 0)
		status = ub_ctx_set_fwd(context, forward);
	/* RFC 6761 6.2 names under test. are answered by libunbound itself, but not when asked to
	 * ask there. */
	return status != 0 ? status : ub_ctx_zone_add(context, "test.", "transparent");
}

static struct resolver *
resolver_start(struct event_base *base, const char *forward, const char *trust_anchor,
    enum resolver_view view, struct error *error)
{
	struct ub_ctx *context = ub_ctx_create();
	struct resolver *resolver;
	int status;

	if (context == NULL) {
		error_set(error, "resolver: libunbound does not start");
		return NULL;
	}
	if (!resolver_add_trust_anchor(context, trust_anchor, error)) {
		ub_ctx_delete(context);
		return NULL;
	}
	status = resolver_configure(context, forward, view);
	if (status != 0) {
		error_set(error, "resolver \"%s\": %s",
		    forward != NULL ? forward : "/etc/resolv.conf", ub_strerror(status));
		ub_ctx_delete(context);
		return NULL;
	}
	resolver = g_new0(struct resolver, 1);
	resolver->base = base;
	resolver->context = context;
	resolver->readable =
	    event_new(base, ub_fd(context), EV_READ | EV_PERSIST, resolver_on_readable, resolver);
	event_add(resolver->readable, NULL);
	return resolver;
}

struct resolver *
resolver_create(
    struct event_base *base, const char *forward, const char *trust_anchor, struct error *error)
{
	return resolver_start(base, forward, trust_anchor, RESOLVER_LOCAL, error);
}

struct resolver *
resolver_create_public(
    struct event_base *base, const char *forward, const char *trust_anchor, struct error *error)
{
	return resolver_start(base, forward, trust_anchor, RESOLVER_PUBLIC, error);
}

void
resolver_destroy(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	event_free(resolver->readable);
	ub_ctx_delete(resolver->context);
	g_free(resolver);
}

static void
resolver_query_free(struct resolver_query *query)
{
	event_free(query->timer);
	g_free(query);
}

static void
resolver_on_answer(void *arg, int status, struct ub_result *result)
{
	struct resolver_query *query = arg;
	enum resolver_outcome outcome = RESOLVER_FAILED;
	const char *reason = "SERVFAIL";

	if (status != 0)
		reason = ub_strerror(status);
	else if (result->bogus)
		reason = "DNSSEC validation failed";
	else if (result->havedata)
		outcome = RESOLVER_FOUND;
	else if (result->nxdomain || result->rcode == RESOLVER_RCODE_NXDOMAIN)
		outcome = RESOLVER_NO_NAME;
	else if (result->rcode == 0)
		outcome = RESOLVER_NO_DATA;
	query->done(query->arg, outcome, outcome != RESOLVER_FAILED ? result : NULL, reason);
	ub_resolve_free(result);
	resolver_query_free(query);
}

static void
resolver_on_timeout(evutil_socket_t socket, short what, void *arg)
{
	struct resolver_query *query = arg;

	(void)socket;
	(void)what;
	if (query->is_sent)
		(void)ub_cancel(query->resolver->context, query->id);
	query->done(query->arg, RESOLVER_FAILED, NULL, query->is_sent ? "timed out" : "not asked");
	resolver_query_free(query);
}

struct resolver_query *
resolver_ask(struct resolver *resolver, const char *name, enum resolver_type type,
    resolver_done *done, void *arg)
{
	static const struct timeval at_once = {0, 0}, patience = {RESOLVER_SECONDS, 0};
	struct resolver_query *query = g_new0(struct resolver_query, 1);

	query->resolver = resolver;
	query->done = done;
	query->arg = arg;
	query->is_sent = ub_resolve_async(resolver->context, name, type, RESOLVER_CLASS_IN, query,
			     resolver_on_answer, &query->id) == 0;
	query->timer = evtimer_new(resolver->base, resolver_on_timeout, query);
	evtimer_add(query->timer, query->is_sent ? &patience : &at_once);
	return query;
}

void
resolver_cancel(struct resolver_query *query)
{
	if (query->is_sent)
		(void)ub_cancel(query->resolver->context, query->id);
	resolver_query_free(query);
}
