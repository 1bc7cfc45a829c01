#include "services/relay/receive/session.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/metrics.h"

#include "services/relay/receive/session_private.h"

static const char *const session_state_names[] = {
    [SESSION_PROXY] = "proxy",
    [SESSION_HANDSHAKE] = "handshake",
    [SESSION_COMMAND] = "command",
    [SESSION_AUTH_LINE] = "auth-line",
    [SESSION_ASKED_MAIL] = "asked-mail",
    [SESSION_ASKED_RCPT] = "asked-rcpt",
    [SESSION_ASKED_LOGIN] = "asked-login",
    [SESSION_ASKED_MESSAGE] = "asked-message",
    [SESSION_DATA] = "data",
    [SESSION_CHUNK] = "chunk",
    [SESSION_STARTTLS] = "starttls",
    [SESSION_QUITTING] = "quitting",
    [SESSION_CLOSING] = "closing",
    [SESSION_LINGERING] = "lingering",
    [SESSION_CLOSED] = "closed",
};

typedef void command_handler(struct session *session, const struct command *command);

static command_handler *const command_handlers[] = {
    [COMMAND_EHLO] = command_ehlo,
    [COMMAND_HELO] = command_ehlo,
    [COMMAND_MAIL] = command_mail,
    [COMMAND_RCPT] = command_rcpt,
    [COMMAND_DATA] = command_data,
    [COMMAND_RSET] = command_rset,
    [COMMAND_NOOP] = command_noop,
    [COMMAND_QUIT] = command_quit,
    [COMMAND_VRFY] = command_vrfy,
    [COMMAND_EXPN] = command_expn,
    [COMMAND_HELP] = command_help,
    [COMMAND_BDAT] = command_bdat,
    [COMMAND_STARTTLS] = command_starttls,
    [COMMAND_AUTH] = command_auth,
    [COMMAND_UNKNOWN] = command_unknown,
    [COMMAND_FOREIGN] = command_foreign,
};

bool
session_is_receiving(const struct session *session)
{
	switch (session->state) {
	case SESSION_DATA:
	case SESSION_CHUNK:
		return true;
	case SESSION_COMMAND:
		return session->is_chunked;
	default:
		return false;
	}
}

void
session_enter(struct session *session, enum session_state state)
{
	const struct receive_limits *limits = &session->server->settings->limits;
	enum session_state before = session->state;
	bool was_receiving = session_is_receiving(session);

	session->state = state;
	/* The time of a message in chunks is one. */
	session_time(session, !was_receiving || !session_is_receiving(session));
	if (state == SESSION_COMMAND)
		session->heard_at = g_get_monotonic_time();
	if (state == SESSION_CLOSED)
		log_debug("smtp-closed", "session=%s client=%s in=%s errors=%u", session->id,
		    session->address, session_state_names[before], session->errors);
	else if (state == SESSION_LINGERING)
		session_set_timeout(session, LINGER_SECONDS);
	else if (state == SESSION_DATA || state == SESSION_CHUNK)
		session_set_timeout(session, limits->data_seconds);
	else if (before == SESSION_DATA || before == SESSION_CHUNK)
		session_set_timeout(session, limits->command_seconds);
}

bool
session_is_tls(const struct session *session)
{
	return session->tls[0] != '\0';
}

void
session_forget_recipient(struct session *session)
{
	g_clear_pointer(&session->recipient, g_free);
	g_clear_pointer(&session->original_recipient, g_free);
}

void
session_reset_transaction(struct session *session)
{
	memory_gate_leave(&session->server->gate, &session->gate_pass);
	message_unref(session->message);
	session->message = NULL;
	session->is_chunked = false;
	session->is_smtputf8 = false;
	session_forget_recipient(session);
}

static void session_answered(void *arg, int code, const char *text);

static void
session_forget_client(struct session *session)
{
	session_reset_transaction(session);
	g_clear_pointer(&session->helo, g_free);
	g_clear_pointer(&session->auth_name, g_free);
	session->is_esmtp = false;
	session->is_authenticated = false;
}

static void
session_enter_backend(struct session *session)
{
	struct receive_backend *backend = session->server->backend;

	session->visit = backend->calls->enter(
	    backend, session->id, session->address, session_answered, session);
}

void
session_start_over(struct session *session)
{
	struct receive_backend *backend = session->server->backend;

	session_forget_client(session);
	backend->calls->leave(session->visit);
	session_enter_backend(session);
}

static void
session_answered(void *arg, int code, const char *text)
{
	struct session *session = arg;

	switch (session->state) {
	case SESSION_ASKED_MAIL:
		command_mail_answered(session, code, text);
		break;
	case SESSION_ASKED_RCPT:
		command_rcpt_answered(session, code, text);
		break;
	case SESSION_ASKED_LOGIN:
		command_auth_answered(session, code, text);
		break;
	case SESSION_ASKED_MESSAGE:
		session_message_answered(session, code, text);
		break;
	default:
		assert(!"nothing was asked");
	}
	session_run(session);
}

static void
session_resume(void *arg)
{
	struct session *session = arg;

	bufferevent_trigger(
	    session->connection, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* Others wait for the memory that this message holds. */
static void
session_overdue(void *arg)
{
	struct session *session = arg;

	/* What came whole is ours to answer. */
	if (!session_is_receiving(session))
		return;
	log_info("smtp-overdue", "session=%s client=%s size=%zu", session->id, session->address,
	    session->data.size);
	session_refuse(session, "421 4.3.1 memory is short, and this message comes too slowly");
	session_run(session);
}

/* Random: workers on several machines log into one place. */
static void
session_make_id(struct session *session)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		g_error("getrandom: %s", g_strerror(errno));
	g_snprintf(session->id, sizeof(session->id), "%016" PRIx64, number);
}

static struct session *
session_create(
    struct receive_server *server, const struct receive_listener *listener, const char *address)
{
	struct session *session = g_new0(struct session, 1);

	session->server = server;
	session->listener = listener;
	session->heard_at = g_get_monotonic_time();
	session_make_id(session);
	g_strlcpy(session->address, address, sizeof(session->address));
	session->replies = g_string_new(NULL);
	session->gate_pass.resume = session_resume;
	session->gate_pass.overdue = session_overdue;
	session->gate_pass.arg = session;
	session->link.data = session;
	metrics_count(METRIC_SMTP_SESSIONS, 1);
	metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, 1);
	g_queue_push_tail_link(&server->sessions, &session->link);
	return session;
}

void
session_start(struct receive_server *server, const struct receive_listener *listener,
    evutil_socket_t fd, const char *address)
{
	struct session *session = session_create(server, listener, address);

	session_enter_backend(session);
	log_debug("smtp-connected", "session=%s client=%s listener=%s", session->id, address,
	    listener->name);
	session_connect(session, fd);
	session_run(session);
}

void
session_start_proxied(struct receive_server *server, const struct receive_listener *listener,
    evutil_socket_t fd, const char *address)
{
	struct session *session = session_create(server, listener, address);

	session_connect_proxied(session, fd);
	session_run(session);
}

void
session_meet(struct session *session, const char *address)
{
	const char *refusal = receive_server_admit(session->server, address);

	log_debug("smtp-connected", "session=%s client=%s balancer=%s listener=%s", session->id,
	    address, session->address, session->listener->name);
	/* The balancer's own address is told as itself. */
	if (address != session->address)
		g_strlcpy(session->address, address, sizeof(session->address));
	if (refusal == NULL) {
		session_enter_backend(session);
		session_proceed(session);
		return;
	}
	log_warning("smtp-turned-away", "session=%s client=%s reply=\"%.9s\"", session->id,
	    session->address, refusal);
	/* Before a TLS handshake the words would only confuse the client. */
	if (session->listener->tls == RECEIVE_TLS_IMPLICIT)
		session_enter(session, SESSION_CLOSED);
	else
		session_refuse(session, refusal);
}

void
session_destroy(struct session *session)
{
	struct receive_server *server = session->server;

	if (session->visit != NULL) {
		server->backend->calls->leave(session->visit);
		client_count_leave(server->clients, session->address);
	}
	session_forget_client(session);
	session_unwatch(session);
	g_queue_unlink(&server->sessions, &session->link);
	metrics_gauge_add(METRIC_GAUGE_SMTP_CLIENTS, -1);
	bufferevent_free(session->connection);
	g_string_free(session->replies, TRUE);
	g_free(session);
	receive_server_session_ended(server);
}

static void
session_take_command(struct session *session, struct span line)
{
	struct command command;

	if (session->state == SESSION_AUTH_LINE) {
		command_auth_line(session, line);
		return;
	}
	command_parse(line.start, line.length, &command);
	command_handlers[command.verb](session, &command);
}

/* Handles one line. False: there is none. */
static bool
session_step_line(struct session *session)
{
	char line[LINE_MAX_BYTES];
	size_t length;
	enum line_outcome outcome = session_take_line(session, line, &length);

	session_time_line(session, outcome);
	switch (outcome) {
	case LINE_NONE:
		if (session->is_ended)
			session_enter(session, SESSION_QUITTING);
		return false;
	case LINE_TAKEN:
		session->heard_at = g_get_monotonic_time();
		session_take_command(session, (struct span){line, length});
		break;
	case LINE_OVERLONG:
		g_clear_pointer(&session->auth_name, g_free);
		session_enter(session, SESSION_COMMAND);
		session_reply(session, "500 5.5.6 the line is too long");
		break;
	case LINE_BARE_NEWLINE:
		session_refuse(
		    session, "521 5.5.2 a line ends with CR LF, and holds neither alone");
		return false;
	}
	return true;
}

static bool
session_has_erred_enough(const struct session *session)
{
	return session->errors > session->server->settings->limits.errors;
}

static bool
session_output_is_full(const struct session *session)
{
	return session_output_waiting(session) >= OUTPUT_MAX_BYTES;
}

/* Does one thing. False: there is nothing to do before the next event. */
static bool
session_step(struct session *session)
{
	switch (session->state) {
	case SESSION_PROXY:
		return session_proxy_read(session);
	case SESSION_COMMAND:
	case SESSION_AUTH_LINE:
		if (session_has_had_its_time(session)) {
			session_refuse(
			    session, "421 4.3.2 this server is being stopped: try again");
			return false;
		}
		if (session_has_erred_enough(session)) {
			session_refuse(session, "421 4.7.0 too many errors");
			return false;
		}
		/* Who does not read replies is not asked for more commands. */
		return !session_output_is_full(session) && session_step_line(session);
	case SESSION_DATA:
		return command_data_read(session);
	case SESSION_CHUNK:
		return command_bdat_read(session);
	default:
		return false;
	}
}

void
session_run(struct session *session)
{
	bool was_full;

	if (session->is_running) /* the backend answered within the call that asked it */
		return;
	session->is_running = true;
	do {
		while (session_step(session))
			;
		was_full = session_output_is_full(session);
		session_flush(session);
	} while (was_full && !session_output_is_full(session));
	session_adjust_reading(session);
	session->is_running = false;
	if (session->state == SESSION_CLOSED)
		session_destroy(session);
}
