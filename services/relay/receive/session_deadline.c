/* How long a state may last as a whole, a line of a command, and a message. */
#include "services/relay/receive/session_private.h"

#include <event2/buffer.h>

#include "base/clock.h"

/* What has come so far buys time, at limits->data_rate, up to the whole. */
static unsigned
session_data_seconds(const struct session *session)
{
	const struct receive_limits *limits = &session->server->settings->limits;
	size_t earned;

	if (limits->data_rate == 0)
		return limits->data_total_seconds;
	earned = limits->data_seconds + session->data.size / limits->data_rate;
	return (unsigned)MIN(earned, limits->data_total_seconds);
}

/* Whether a part of a command, or of an answer to AUTH, has come. */
static bool
session_is_within_line(const struct session *session)
{
	return session->is_mid_line &&
	    (session->state == SESSION_COMMAND || session->state == SESSION_AUTH_LINE);
}

/* How long the state may last, however steadily the client goes on; 0: for ever. */
static unsigned
session_state_seconds(const struct session *session)
{
	const struct receive_limits *limits = &session->server->settings->limits;

	if (session->state == SESSION_PROXY)
		return limits->proxy_seconds;
	if (session->state == SESSION_HANDSHAKE)
		return limits->command_seconds;
	if (session->state == SESSION_CHUNK && session->chunk_use == CHUNK_DISCARDED)
		return limits->data_total_seconds;
	if (session_is_receiving(session))
		return session_data_seconds(session);
	return session_is_within_line(session) ? limits->command_seconds : 0;
}

static int64_t
session_deadline(const struct session *session)
{
	return session->watched_from + session_state_seconds(session) * CLOCK_SECOND;
}

static void session_watch(struct session *session);

static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
	struct session *session = arg;

	(void)fd;
	(void)events;
	/* A message in chunks was given up, by RSET or EHLO. */
	if (session_state_seconds(session) == 0)
		return;
	/* While it waits for our memory, the time that passes is not its own. */
	if (session->gate_pass.is_waiting)
		session->watched_from = g_get_monotonic_time();
	if (session_deadline(session) > g_get_monotonic_time()) {
		session_watch(session);
		return;
	}
	if (session->state == SESSION_PROXY)
		session_proxy_late(session);
	else if (session->state == SESSION_HANDSHAKE)
		session_enter(session, SESSION_CLOSED);
	else if (session_is_within_line(session))
		session_refuse(session, "421 4.4.2 this command takes too long");
	else
		session_refuse(session, "421 4.4.2 this message takes too long");
	session_run(session);
}

/* Looks again when the state's time is over, as it stands now. */
static void
session_watch(struct session *session)
{
	int64_t left = MAX(session_deadline(session) - g_get_monotonic_time(), 0);
	const struct timeval wait = {left / CLOCK_SECOND, left % CLOCK_SECOND};

	if (session->deadline == NULL)
		session->deadline = evtimer_new(session->server->base, on_deadline, session);
	event_add(session->deadline, &wait);
}

void
session_unwatch(struct session *session)
{
	g_clear_pointer(&session->deadline, event_free);
}

void
session_time(struct session *session, bool anew)
{
	if (session_state_seconds(session) == 0) {
		session_unwatch(session);
		return;
	}
	if (anew)
		session->watched_from = g_get_monotonic_time();
	session_watch(session);
}

/* A line that has begun must end in time, however steadily its bytes come. */
void
session_time_line(struct session *session, enum line_outcome outcome)
{
	bool is_mid_line = outcome == LINE_NONE &&
	    evbuffer_get_length(bufferevent_get_input(session->connection)) > 0;

	/* A message in chunks has its own time, which goes on between them. */
	if (is_mid_line == session->is_mid_line || session_is_receiving(session))
		return;
	session->is_mid_line = is_mid_line;
	session_time(session, is_mid_line);
}
