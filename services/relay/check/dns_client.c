#include "services/relay/check/dns_client.h"

#include <arpa/inet.h>

#include <event2/event.h>

#include "services/relay/deliver/mta_sts_fetch.h"

/* A timer may be so much early: libevent reads a clock that the kernel moves by ticks. In microseconds. */
enum { TICK = 10000 };

struct dns_client {
	struct event_base *base;
	struct resolver *resolver;
	struct https_loop *https;
	struct deliver_settings settings; /* with our own time for policies */
	gint64 deadline;                  /* of g_get_monotonic_time() */
};

struct dns_client *
dns_client_create(const struct deliver_settings *settings, unsigned seconds, struct error *error)
{
	struct dns_client *client = g_new0(struct dns_client, 1);

	client->settings = *settings;
	client->deadline = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
	client->base = event_base_new();
	client->resolver =
	    resolver_create_public(client->base, settings->resolver, settings->trust_anchor, error);
	if (client->resolver != NULL)
		client->https = https_loop_create(client->base, mta_sts_fetch_on_https, error);
	if (client->https != NULL)
		return client;
	dns_client_destroy(client);
	return NULL;
}

void
dns_client_destroy(struct dns_client *client)
{
	if (client->https != NULL)
		https_loop_destroy(client->https);
	resolver_destroy(client->resolver);
	event_base_free(client->base);
	g_free(client);
}

bool
dns_client_is_late(const struct dns_client *client)
{
	return g_get_monotonic_time() + TICK >= client->deadline;
}

/* One question under way. */
struct dns_wait {
	struct event_base *base;
	struct dns_answer *answer;
	struct resolver_query *query; /* NULL: answered */
};

static void
wait_end(struct dns_wait *wait)
{
	wait->query = NULL;
	event_base_loopbreak(wait->base);
}

static void
wait_on_answer(
    void *arg, enum resolver_outcome outcome, const struct ub_result *result, const char *reason)
{
	struct dns_wait *wait = arg;

	wait->answer->outcome = outcome;
	wait->answer->reason = reason;
	for (int i = 0;
	     outcome == RESOLVER_FOUND && result->data[i] != NULL && i < DNS_ANSWER_RECORDS_MAX;
	     i++)
		g_ptr_array_add(
		    wait->answer->records, g_bytes_new(result->data[i], (gsize)result->len[i]));
	wait_end(wait);
}

static void
wait_on_timer(evutil_socket_t socket, short what, void *arg)
{
	struct dns_wait *wait = arg;

	(void)socket;
	(void)what;
	resolver_cancel(wait->query);
	wait->answer->reason = "timed out";
	wait_end(wait);
}

/* What is left of the time for all questions, at most that many seconds. */
static struct timeval
client_patience(const struct dns_client *client, unsigned seconds)
{
	gint64 left = MIN(client->deadline - g_get_monotonic_time(), seconds * G_TIME_SPAN_SECOND);

	left = MAX(left, 0);
	return (struct timeval){.tv_sec = (time_t)(left / G_TIME_SPAN_SECOND),
	    .tv_usec = (suseconds_t)(left % G_TIME_SPAN_SECOND)};
}

static struct dns_answer *
client_ask(struct dns_client *client, const char *name, enum resolver_type type, unsigned seconds)
{
	struct timeval patience = client_patience(client, seconds);
	struct dns_answer *answer = g_new0(struct dns_answer, 1);
	struct dns_wait wait = {.base = client->base, .answer = answer};
	struct event *timer;

	answer->outcome = RESOLVER_FAILED;
	answer->reason = "not asked, as the time for all questions is over";
	answer->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	if (dns_client_is_late(client))
		return answer;
	timer = evtimer_new(client->base, wait_on_timer, &wait);
	evtimer_add(timer, &patience);
	wait.query = resolver_ask(client->resolver, name, type, wait_on_answer, &wait);
	while (wait.query != NULL)
		event_base_dispatch(client->base);
	event_free(timer);
	return answer;
}

struct dns_answer *
dns_client_ask(struct dns_client *client, const char *name, enum resolver_type type)
{
	return client_ask(client, name, type, DNS_CLIENT_ANSWER_SECONDS);
}

char *
dns_client_reverse_name(const char *address)
{
	GString *name = g_string_new(NULL);
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, address, bytes) == 1) {
		g_string_printf(
		    name, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
		return g_string_free(name, FALSE);
	}
	(void)inet_pton(AF_INET6, address, bytes);
	for (size_t i = sizeof(bytes); i-- > 0;)
		g_string_append_printf(name, "%x.%x.", bytes[i] & 0xfU, bytes[i] >> 4);
	g_string_append(name, "ip6.arpa");
	return g_string_free(name, FALSE);
}

/* The root has name servers, or at least is not there: either is an answer. */
bool
dns_client_is_answered(struct dns_client *client)
{
	struct dns_answer *answer = client_ask(client, ".", RESOLVER_NS, DNS_CLIENT_PROBE_SECONDS);
	bool is_answered = answer->outcome != RESOLVER_FAILED;

	dns_answer_free(answer);
	return is_answered;
}

/* One fetch under way. */
struct policy_wait {
	struct event_base *base;
	struct mta_sts_policy *policy;
	struct error *error;
	bool is_done;
};

static void
policy_on_fetched(void *arg, struct mta_sts_policy *policy, const char *reason)
{
	struct policy_wait *wait = arg;

	wait->policy = policy;
	if (policy == NULL)
		error_set(wait->error, "%s", reason);
	wait->is_done = true;
	event_base_loopbreak(wait->base);
}

struct mta_sts_policy *
dns_client_fetch_policy(struct dns_client *client, const char *domain, struct error *error)
{
	struct policy_wait wait = {.base = client->base, .error = error};

	if (dns_client_is_late(client)) {
		error_set(error, "not asked, as the time for all questions is over");
		return NULL;
	}
	client->settings.mta_sts_seconds = MIN(client->settings.mta_sts_seconds,
	    (unsigned)client_patience(client, DNS_CLIENT_POLICY_SECONDS).tv_sec + 1);
	(void)mta_sts_fetch_start(client->base, client->resolver, client->https, &client->settings,
	    domain, policy_on_fetched, &wait);
	while (!wait.is_done)
		event_base_dispatch(client->base);
	return wait.policy;
}
