/*
 * The PROXY header at the start of a balancer's connection. No byte behind it is read here: under implicit TLS the
 * handshake follows, and belongs to OpenSSL.
 */
#include <event2/buffer.h>

#include "base/log.h"

#include "services/relay/receive/proxy_header.h"
#include "services/relay/receive/session_private.h"

static void
read_at_most(struct session *session, size_t bytes)
{
	bufferevent_set_max_single_read(session->connection, bytes);
}

void
session_await_proxy(struct session *session)
{
	session_enter(session, SESSION_PROXY);
	read_at_most(session, PROXY_START_BYTES);
}

static void
proxy_refuse(struct session *session, const char *reason)
{
	log_warning("smtp-proxy-refused", "session=%s balancer=%s listener=%s reason=\"%s\"",
	    session->id, session->address, session->listener->name, reason);
	session_enter(session, SESSION_CLOSED);
}

void
session_proxy_late(struct session *session)
{
	proxy_refuse(session, "no whole PROXY header came in time");
}

static void
proxy_take(struct session *session, size_t bytes, const char *client)
{
	evbuffer_drain(bufferevent_get_input(session->connection), bytes);
	read_at_most(session, 0); /* as libevent likes */
	session_meet(session, client);
}

bool
session_proxy_read(struct session *session)
{
	struct evbuffer *input = bufferevent_get_input(session->connection);
	size_t waiting = evbuffer_get_length(input);
	struct proxy_header header;

	if (waiting == 0)
		return false;
	switch (proxy_header_read((char *)evbuffer_pullup(input, -1), waiting, &header)) {
	case PROXY_INCOMPLETE:
		read_at_most(session, header.wanted - waiting);
		return false;
	case PROXY_CLIENT:
		proxy_take(session, header.wanted, header.address);
		return true;
	case PROXY_LOCAL:
		proxy_take(session, header.wanted, session->address);
		return true;
	case PROXY_WRONG:
		proxy_refuse(session, header.reason);
		break;
	}
	return false;
}
