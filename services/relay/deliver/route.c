#include "services/relay/deliver/route.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void
route_host_free(void *data)
{
	struct route_host *host = data;

	g_free(host->where);
	g_free(host->name);
	g_free(host->ip);
	if (host->tlsa != NULL)
		g_ptr_array_unref(host->tlsa);
	g_free(host);
}

struct route *
route_create(void)
{
	struct route *route = g_new0(struct route, 1);

	route->references = 1;
	route->expires_at = INT64_MAX;
	route->hosts = g_ptr_array_new_with_free_func(route_host_free);
	route->notes = g_ptr_array_new_with_free_func(g_free);
	return route;
}

struct route *
route_ref(struct route *route)
{
	assert(route->references > 0);
	route->references++;
	return route;
}

void
route_unref(struct route *route)
{
	if (route == NULL || --route->references > 0)
		return;
	g_ptr_array_unref(route->hosts);
	g_ptr_array_unref(route->notes);
	route_unref(route->unrestricted);
	g_free(route);
}

static bool
route_set_address(struct route_host *host, const char *ip, unsigned port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&host->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&host->address;

	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		host->address_length = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	host->address_length = sizeof(*v6);
	return true;
}

bool
route_add(struct route *route, const char *name, const char *ip, unsigned port)
{
	struct route_host *host;

	if (route->hosts->len >= ROUTE_HOSTS_MAX)
		return false;
	host = g_new0(struct route_host, 1);
	if (!route_set_address(host, ip, port)) {
		g_free(host);
		return false;
	}
	host->name = g_strdup(name);
	host->ip = g_strdup(ip);
	host->where = g_strdup_printf("%s [%s]:%u", name != NULL ? name : ip, ip, port);
	host->is_vouched = name == NULL;
	g_ptr_array_add(route->hosts, host);
	return true;
}

/* As DNS names it, and no more. */
static struct route_host *
route_host_copy(const struct route_host *host)
{
	struct route_host *copy = g_new0(struct route_host, 1);

	copy->name = g_strdup(host->name);
	copy->ip = g_strdup(host->ip);
	copy->where = g_strdup(host->where);
	copy->address = host->address;
	copy->address_length = host->address_length;
	return copy;
}

void
route_keep_unrestricted(struct route *route)
{
	if (route->unrestricted != NULL || route->hosts->len == 0)
		return;
	route->unrestricted = route_create();
	for (guint i = 0; i < route->hosts->len; i++)
		g_ptr_array_add(route->unrestricted->hosts,
		    route_host_copy(g_ptr_array_index(route->hosts, i)));
	for (guint i = 0; i < route->notes->len; i++)
		g_ptr_array_add(
		    route->unrestricted->notes, g_strdup(g_ptr_array_index(route->notes, i)));
}

void
route_host_answered(struct route_host *host)
{
	host->failures = 0;
	host->avoid_until = 0;
}

void
route_host_failed(struct route_host *host, int64_t now)
{
	if (++host->failures >= ROUTE_HOST_FAILURES)
		host->avoid_until = now + ROUTE_AVOID_SECONDS * CLOCK_SECOND;
}

bool
route_passes_over(const struct route *route, const struct route_host *host, int64_t now)
{
	if (host->avoid_until <= now)
		return false;
	for (guint i = 0; i < route->hosts->len; i++) {
		const struct route_host *other = g_ptr_array_index(route->hosts, i);

		if (other->avoid_until <= now)
			return true;
	}
	return false;
}

int64_t
route_forgotten_at(const struct route *route)
{
	/* A host that is alone is never passed over. */
	for (guint i = 0; route->hosts->len > 1 && i < route->hosts->len; i++) {
		const struct route_host *host = g_ptr_array_index(route->hosts, i);

		if (host->failures > 0)
			return route->expires_at;
	}
	return 0;
}

void
route_fail(struct route *route, enum verdict_status status, const char *code, const char *note)
{
	g_ptr_array_set_size(route->hosts, 0);
	g_ptr_array_add(route->notes, g_strdup(note));
	route->failure = verdict_make(status, code);
	if (status == VERDICT_FAILED)
		route->failure.bounce = ATTEMPT_BOUNCE_PASSING;
}

static bool
route_is_ip(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* ":25" or nothing. */
static bool
route_port_parse(const char *text, unsigned *port)
{
	char *end;
	unsigned long number;

	if (*text == '\0')
		return true;
	if (*text++ != ':' || !g_ascii_isdigit(*text))
		return false;
	number = strtoul(text, &end, 10);
	*port = (unsigned)number;
	return *end == '\0' && number > 0 && number <= UINT16_MAX;
}

bool
route_endpoint_parse(
    const char *text, unsigned default_port, struct route_endpoint *endpoint, struct error *error)
{
	const char *host = text, *port;
	size_t length;

	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->port = default_port;
	if (*text == '[') {
		host++;
		length = strcspn(host, "]");
		port = host[length] == ']' ? host + length + 1 : "?";
	} else {
		length = strcspn(host, ":");
		port = host + length;
	}
	if (length == 0 || !route_port_parse(port, &endpoint->port) ||
	    memchr(host, ' ', length) != NULL)
		return error_set(
		    error, "\"%s\" is no host, \"host:port\" or \"[address]:port\"", text);
	endpoint->host = g_strndup(host, length);
	endpoint->is_literal = route_is_ip(endpoint->host);
	if (!endpoint->is_literal && strchr(endpoint->host, ':') != NULL) {
		route_endpoint_clear(endpoint);
		return error_set(error, "\"%s\" holds no IP address", text);
	}
	return true;
}

void
route_endpoint_clear(struct route_endpoint *endpoint)
{
	g_free(endpoint->host);
	memset(endpoint, 0, sizeof(*endpoint));
}

struct route *
route_from_literal(const char *domain, unsigned port)
{
	static const char tag[] = "IPv6:";
	struct route *route;
	size_t length = strlen(domain);
	char *ip;

	if (domain[0] != '[')
		return NULL;
	route = route_create();
	ip = length > 2 && domain[length - 1] == ']' ? g_strndup(domain + 1, length - 2) : NULL;
	if (ip != NULL && g_ascii_strncasecmp(ip, tag, strlen(tag)) == 0)
		memmove(ip, ip + strlen(tag), strlen(ip + strlen(tag)) + 1);
	if (ip == NULL || !route_add(route, NULL, ip, port))
		route_fail(route, VERDICT_FAILED, "5.1.2", "the domain is no address literal");
	g_free(ip);
	return route;
}
