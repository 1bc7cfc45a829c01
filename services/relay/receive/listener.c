#include "services/relay/receive/receive.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/receive/server_private.h"
#include "services/relay/receive/session.h"

enum { ACCEPT_BACKLOG = 1024, ACCEPT_PAUSE_SECONDS = 1, REPLY_MAX = 512 };
/* For handshakes under way when a drain begins: a round trip to most of the world. */
enum { DRAIN_LINGER_MICROSECONDS = 300000 };
enum { DRAIN_PATROL_MICROSECONDS = 100000 };
enum { TCP_BITS_SYN = 0x02, TCP_BITS_ACK = 0x10 };

/* One listening socket. */
struct bound_socket {
	struct receive_server *server;
	const struct receive_listener *listener;
	struct evconnlistener *socket;
	struct event *resume; /* when accepting failed: try again */
};

struct receive_limits
receive_limits_default(void)
{
	return (struct receive_limits){
	    .message_bytes = 50 << 20,
	    .recipients = 1000,
	    .errors = 20,
	    .messages = 10000,
	    .connections = 10000,
	    .address_connections = 1000,
	    .address_rate = 6000,
	    .header_bytes = 256 << 10,
	    .line_bytes = 256 << 10,
	    .fields = 1000,
	    .mime_depth = 100,
	    .hops = 50,
	    .proxy_seconds = 5,
	    .command_seconds = 300,
	    .data_seconds = 180,
	    .data_total_seconds = 3600,
	    .data_rate = 100,
	    .turn_seconds = 10,
	};
}

static void
bound_socket_free(void *data)
{
	struct bound_socket *bound = data;

	if (bound->resume != NULL)
		event_free(bound->resume);
	if (bound->socket != NULL)
		evconnlistener_free(bound->socket);
	g_free(bound);
}

/* In a TLS listener the words would only confuse the client's handshake. */
static void
turn_away(const struct bound_socket *bound, evutil_socket_t fd, const char *reply)
{
	char line[REPLY_MAX];
	int length = g_snprintf(line, sizeof(line), "%s\r\n", reply);

	if (bound->listener->tls != RECEIVE_TLS_IMPLICIT)
		(void)!send(fd, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

const char *
receive_server_admit(struct receive_server *server, const char *address)
{
	switch (client_count_enter(server->clients, address, &server->settings->limits)) {
	case CLIENT_TOO_MANY:
		return "421 4.7.0 too many connections from your address";
	case CLIENT_TOO_FAST:
		return "421 4.7.0 too many new connections from your address: wait a minute";
	case CLIENT_WELCOME:
		break;
	}
	return NULL;
}

/* The reply that turns a connection away, or NULL: a client is counted, of a balancer the one is that it will name. */
static const char *
refusal(struct receive_server *server, const char *address, bool is_balancer)
{
	if (server->draining && g_get_monotonic_time() >= server->drain_ends)
		return "421 4.3.2 shutting down: try again";
	if (server->sessions.length >= server->settings->limits.connections)
		return "421 4.3.2 too many connections: try again";
	return is_balancer ? NULL : receive_server_admit(server, address);
}

static void
on_accepted(
    struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer, int length, void *arg)
{
	const struct bound_socket *bound = arg;
	struct receive_server *server = bound->server;
	char address[INET6_ADDRSTRLEN] = "";
	bool is_balancer;
	const char *reply;
	const int on = 1;

	(void)socket;
	(void)length;
	network_peer_text(peer, address, sizeof(address));
	is_balancer = network_list_contains(&bound->listener->proxy, address);
	reply = refusal(server, address, is_balancer);
	if (reply != NULL) {
		log_warning("smtp-turned-away", "client=%s connections=%u reply=\"%.9s\"", address,
		    server->sessions.length, reply);
		turn_away(bound, fd, reply);
		return;
	}
	/* Replies are written whole; waiting for more would cost the client a round trip. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (is_balancer)
		session_start_proxied(server, bound->listener, fd, address);
	else
		session_start(server, bound->listener, fd, address);
}

/*
 * With SO_REUSEPORT the kernel queues connections for this very socket, and closing it would reset them. From here on
 * it takes no new ones: a SYN is dropped, and repeated by the client after a second, to whoever listens then. What has
 * begun is accepted as before until the sockets close, DRAIN_LINGER later.
 */
static void
refuse_new_handshakes(evutil_socket_t listening)
{
	static struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* RFC 9293 3.1: the control bits */
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_BITS_SYN | TCP_BITS_ACK),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_BITS_SYN, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog filter = {.len = G_N_ELEMENTS(code), .filter = code};

	if (setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0)
		log_warning("smtp-drain-filter", "reason=\"%s\"", g_strerror(errno));
}

/* Out of file descriptors, as a rule: accepting again at once would only spin. */
static void
on_accept_failed(struct evconnlistener *socket, void *arg)
{
	static const struct timeval pause = {.tv_sec = ACCEPT_PAUSE_SECONDS};
	struct bound_socket *bound = arg;

	log_error("smtp-accept-failed", "listener=%s reason=\"%s\"", bound->listener->name,
	    g_strerror(errno));
	evconnlistener_disable(socket);
	event_add(bound->resume, &pause);
}

static void
on_accept_resumed(evutil_socket_t fd, short events, void *arg)
{
	struct bound_socket *bound = arg;

	(void)fd;
	(void)events;
	evconnlistener_enable(bound->socket);
}

static bool
bind_address(struct receive_server *server, const struct receive_listener *listener,
    const char *address, struct error *error)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE |
	    LEV_OPT_REUSEABLE_PORT;
	struct sockaddr_storage storage = {0};
	int length = sizeof(storage);
	struct bound_socket *bound;

	if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&storage, &length) != 0)
		return error_set(error, "listener %s: \"%s\" is not an address and a port",
		    listener->name, address);
	/* "0.0.0.0:25" and "[::]:25" may both be configured. */
	if (storage.ss_family == AF_INET6)
		flags |= LEV_OPT_BIND_IPV6ONLY;
	bound = g_new0(struct bound_socket, 1);
	bound->server = server;
	bound->listener = listener;
	g_ptr_array_add(server->sockets, bound);
	bound->socket = evconnlistener_new_bind(server->base, on_accepted, bound, flags,
	    ACCEPT_BACKLOG, (struct sockaddr *)&storage, length);
	/* A machine without IPv6 serves its IPv4 addresses. */
	if (bound->socket == NULL && storage.ss_family == AF_INET6 && errno == EAFNOSUPPORT) {
		log_warning("smtp-no-ipv6", "listener=%s address=%s", listener->name, address);
		return true;
	}
	if (bound->socket == NULL)
		return error_set(error, "listener %s: cannot listen on %s: %s", listener->name,
		    address, g_strerror(errno));
	bound->resume = evtimer_new(server->base, on_accept_resumed, bound);
	evconnlistener_set_error_cb(bound->socket, on_accept_failed);
	return true;
}

static bool
bind_listener(
    struct receive_server *server, const struct receive_listener *listener, struct error *error)
{
	if (listener->tls == RECEIVE_TLS_IMPLICIT && server->tls == NULL)
		return error_set(error, "listener %s: TLS needs a certificate", listener->name);
	for (const char *const *address = listener->addresses; *address != NULL; address++)
		if (!bind_address(server, listener, *address, error))
			return false;
	return true;
}

static void
on_drained(evutil_socket_t fd, short events, void *arg)
{
	struct receive_server *server = arg;

	(void)fd;
	(void)events;
	server->drain_done(server->drain_arg);
}

static void
end_drain_if_done(struct receive_server *server)
{
	if (server->draining && server->sockets->len == 0 && server->sessions.length == 0)
		event_active(server->drained, EV_TIMEOUT, 0);
}

static void
on_linger_over(evutil_socket_t fd, short events, void *arg)
{
	struct receive_server *server = arg;

	(void)fd;
	(void)events;
	g_ptr_array_set_size(server->sockets, 0);
	end_drain_if_done(server);
}

/* Sessions whose time has come end. */
static void
on_patrol(evutil_socket_t fd, short events, void *arg)
{
	static const struct timeval wait = {.tv_usec = DRAIN_PATROL_MICROSECONDS};
	struct receive_server *server = arg;
	GList *link, *next;

	(void)fd;
	(void)events;
	for (link = server->sessions.head; link != NULL; link = next) {
		next = link->next;
		session_drain(link->data);
	}
	if (g_get_monotonic_time() < server->drain_ends)
		event_add(server->patrol, &wait);
}

struct receive_server *
receive_server_create(struct event_base *base, const struct receive_settings *settings,
    SSL_CTX *tls, struct receive_backend *backend, struct error *error)
{
	struct receive_server *server = g_new0(struct receive_server, 1);

	server->base = base;
	server->settings = settings;
	server->tls = tls;
	server->backend = backend;
	server->drained = evtimer_new(base, on_drained, server);
	server->linger = evtimer_new(base, on_linger_over, server);
	server->patrol = evtimer_new(base, on_patrol, server);
	server->sockets = g_ptr_array_new_with_free_func(bound_socket_free);
	g_queue_init(&server->sessions);
	server->clients = client_count_create();
	memory_gate_open(&server->gate, backend->budget, base, settings->limits.turn_seconds);
	for (unsigned i = 0; i < settings->listener_count; i++) {
		if (!bind_listener(server, &settings->listeners[i], error)) {
			receive_server_destroy(server);
			return NULL;
		}
	}
	return server;
}

void
receive_server_set_tls(struct receive_server *server, SSL_CTX *tls)
{
	server->tls = tls;
}

void
receive_server_session_ended(struct receive_server *server)
{
	end_drain_if_done(server);
}

void
receive_server_drain(
    struct receive_server *server, unsigned grace_seconds, void (*done)(void *arg), void *arg)
{
	static const struct timeval linger = {.tv_usec = DRAIN_LINGER_MICROSECONDS};

	server->draining = true;
	server->drain_ends = g_get_monotonic_time() + grace_seconds * CLOCK_SECOND;
	server->drain_done = done;
	server->drain_arg = arg;
	for (guint i = 0; i < server->sockets->len; i++) {
		struct bound_socket *bound = server->sockets->pdata[i];

		if (bound->socket != NULL)
			refuse_new_handshakes(evconnlistener_get_fd(bound->socket));
	}
	event_add(server->linger, &linger);
	on_patrol(-1, 0, server);
}

void
receive_server_destroy(struct receive_server *server)
{
	if (server == NULL)
		return;
	server->draining = false;
	g_ptr_array_unref(server->sockets);
	while (server->sessions.head != NULL)
		session_destroy(server->sessions.head->data);
	memory_gate_close(&server->gate);
	client_count_destroy(server->clients);
	event_free(server->drained);
	event_free(server->linger);
	event_free(server->patrol);
	g_free(server);
}
