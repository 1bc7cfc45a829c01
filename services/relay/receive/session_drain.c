#include "services/relay/receive/session_private.h"

bool
session_has_had_its_time(const struct session *session)
{
	const struct receive_server *server = session->server;
	int64_t now = g_get_monotonic_time();

	if (!server->draining || now >= server->drain_ends)
		return server->draining;
	return session->message == NULL && now - session->heard_at >= DRAIN_IDLE_MICROSECONDS;
}

void
session_drain(struct session *session)
{
	bool is_met = session->state != SESSION_PROXY && session->state != SESSION_HANDSHAKE;

	if (!is_met && g_get_monotonic_time() >= session->server->drain_ends)
		session_enter(session, SESSION_CLOSED);
	session_run(session);
}
