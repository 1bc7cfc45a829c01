/* AUTH PLAIN and AUTH LOGIN, RFC 4954. */
#include "services/relay/receive/sasl.h"
#include "services/relay/receive/session_private.h"

static const char auth_wrong[] = "535 5.7.8 user name or password wrong";

static bool
auth_is_served(const struct session *session)
{
	return session->listener->auth != RECEIVE_AUTH_NONE &&
	    session->server->backend->calls->login != NULL;
}

/* RFC 4954 4: passwords only under TLS, but from networks that the configuration trusts. */
static bool
auth_is_safe(const struct session *session)
{
	return session_is_tls(session) ||
	    network_list_contains(&session->server->settings->plaintext_networks, session->address);
}

bool
command_auth_is_offered(const struct session *session)
{
	return auth_is_served(session) && auth_is_safe(session) && !session->is_authenticated;
}

static void
ask_login(struct session *session, const char *name, const char *password)
{
	if (*name == '\0' || *password == '\0' || !g_utf8_validate(name, -1, NULL)) {
		session_enter(session, SESSION_COMMAND);
		session_reply(session, auth_wrong);
		return;
	}
	session_enter(session, SESSION_ASKED_LOGIN);
	session->server->backend->calls->login(session->visit, name, password);
}

static void
take_plain(struct session *session, const char *message, size_t length)
{
	struct sasl_plain plain;

	if (sasl_read_plain(message, length, &plain)) {
		ask_login(session, plain.name, plain.password);
		return;
	}
	session_enter(session, SESSION_COMMAND);
	session_reply(session, "501 5.5.2 this is no PLAIN message");
}

static void
take_login_name(struct session *session, const char *name)
{
	g_free(session->auth_name);
	session->auth_name = g_strdup(name);
	session->auth_step = AUTH_LOGIN_PASSWORD;
	session_enter(session, SESSION_AUTH_LINE);
	session_reply(session, "334 UGFzc3dvcmQ6");
}

/* response: base64. A NUL in a name or password of LOGIN ends it, and so it is wrong. */
static void
take_response(struct session *session, struct span response)
{
	size_t length = 0;
	char *decoded = sasl_decode(response, &length);

	if (decoded == NULL) {
		g_clear_pointer(&session->auth_name, g_free);
		session_enter(session, SESSION_COMMAND);
		session_reply(session, "501 5.5.2 this is not base64");
		return;
	}
	switch (session->auth_step) {
	case AUTH_PLAIN:
		take_plain(session, decoded, length);
		break;
	case AUTH_LOGIN_NAME:
		take_login_name(session, decoded);
		break;
	case AUTH_LOGIN_PASSWORD:
		ask_login(session, session->auth_name, decoded);
		break;
	}
	sasl_forget(decoded, length);
}

void
command_auth_line(struct session *session, struct span line)
{
	if (span_is(line, "*")) {
		g_clear_pointer(&session->auth_name, g_free);
		session_enter(session, SESSION_COMMAND);
		session_reply(session, "501 5.7.0 authentication cancelled");
		return;
	}
	take_response(session, line);
}

/* Why AUTH cannot be now; NULL: it can. */
static const char *
auth_refusal(const struct session *session)
{
	if (!auth_is_served(session))
		return "502 5.5.1 AUTH is not offered here";
	if (session->helo == NULL || !session->is_esmtp)
		return "503 5.5.1 say EHLO first";
	if (!auth_is_safe(session))
		return "538 5.7.11 passwords only after STARTTLS";
	if (session->is_authenticated)
		return "503 5.5.1 you are authenticated already";
	if (session->message != NULL)
		return "503 5.5.1 not within a transaction";
	return NULL;
}

static struct span
take_word(struct span *rest)
{
	struct span word = {rest->start, 0};

	while (word.length < rest->length && word.start[word.length] != ' ')
		word.length++;
	rest->start += word.length;
	rest->length -= word.length;
	while (rest->length > 0 && *rest->start == ' ') {
		rest->start++;
		rest->length--;
	}
	return word;
}

void
command_auth(struct session *session, const struct command *command)
{
	const char *refusal = auth_refusal(session);
	struct span response = command->argument;
	struct span mechanism = take_word(&response);
	bool is_plain = span_is(mechanism, "PLAIN");

	if (refusal != NULL) {
		session_reply(session, refusal);
		return;
	}
	if (!is_plain && !span_is(mechanism, "LOGIN")) {
		session_reply(session, "504 5.5.4 say AUTH PLAIN or AUTH LOGIN");
		return;
	}
	session->auth_step = is_plain ? AUTH_PLAIN : AUTH_LOGIN_NAME;
	if (response.length == 0) {
		session_enter(session, SESSION_AUTH_LINE);
		session_reply(session, is_plain ? "334 " : "334 VXNlcm5hbWU6");
		return;
	}
	/* RFC 4954 4: "=" is an initial response of nothing. */
	if (span_is(response, "="))
		response.length = 0;
	take_response(session, response);
}

void
command_auth_answered(struct session *session, int code, const char *text)
{
	session->is_authenticated = code == 235;
	g_clear_pointer(&session->auth_name, g_free);
	session_enter(session, SESSION_COMMAND);
	session_reply_format(session, "%d %s", code, text);
}
