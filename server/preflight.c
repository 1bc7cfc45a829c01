#include "server/preflight.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/util.h>

#include "server/config_parse.h"
#include "server/tls.h"

static void
preflight_certificate(const struct config *config, const char *section, const char *certificate,
    const char *key, GPtrArray *problems)
{
	struct error error;
	SSL_CTX *context;

	if (certificate == NULL)
		return;
	context = tls_server_context(certificate, key, &error);
	if (context == NULL)
		config_problem(problems, config->path, 0, "%stls_certificate, tls_key: %s", section,
		    error.text);
	SSL_CTX_free(context);
}

void
preflight_certificates(const struct config *config, GPtrArray *problems)
{
	preflight_certificate(config, "", config->tls_certificate, config->tls_key, problems);
	preflight_certificate(
	    config, "api.", config->api.tls_certificate, config->api.tls_key, problems);
}

static const char *
preflight_advice(int reason)
{
	switch (reason) {
	case EADDRINUSE:
		return "another program listens there: stop it, or choose another port in the configuration";
	case EACCES:
		return "ports below 1024 need root (or the capability cap_net_bind_service)";
	case EADDRNOTAVAIL:
		return "this machine does not have that address";
	default:
		return "it cannot be listened on";
	}
}

/* Without SO_REUSEPORT a port which others share is found taken. */
static int
preflight_try_address(const char *text, enum preflight_ports ports)
{
	struct sockaddr_storage address;
	int length = sizeof(address), yes = 1, reason = 0, descriptor;

	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &length) != 0)
		return EINVAL;
	descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* A machine without IPv6 serves its IPv4 addresses. */
	if (descriptor < 0 && address.ss_family == AF_INET6 && errno == EAFNOSUPPORT)
		return 0;
	if (descriptor < 0)
		return errno;
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (ports == PREFLIGHT_PORTS_SHARED)
		setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (address.ss_family == AF_INET6)
		setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	if (bind(descriptor, (struct sockaddr *)&address, (socklen_t)length) != 0 ||
	    listen(descriptor, 1) != 0)
		reason = errno;
	close(descriptor);
	return reason;
}

static void
preflight_list(const struct config *config, const char *user, const char *const *list,
    enum preflight_ports ports, GPtrArray *problems)
{
	for (; *list != NULL; list++) {
		int reason = preflight_try_address(*list, ports);

		if (reason != 0)
			config_problem(problems, config->path, 0, "%s: %s: %s (%s)", user, *list,
			    preflight_advice(reason), strerror(reason));
	}
}

void
preflight_addresses(
    const struct config *config, unsigned parts, enum preflight_ports ports, GPtrArray *problems)
{
	for (unsigned i = 0; i < config->listener_count && (parts & PREFLIGHT_RELAY); i++) {
		char *user = g_strdup_printf("listener \"%s\"", config->listeners[i].name);

		preflight_list(config, user, config->listeners[i].addresses, ports, problems);
		g_free(user);
	}
	if (parts & PREFLIGHT_RELAY)
		preflight_list(config, "capture", config->capture.listen, ports, problems);
	if (parts & PREFLIGHT_API)
		preflight_list(config, "api", config->api.listen, ports, problems);
}
