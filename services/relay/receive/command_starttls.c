/* STARTTLS, RFC 3207. */
#include "services/relay/receive/session_private.h"

bool
command_starttls_is_offered(const struct session *session)
{
	return session->listener->tls == RECEIVE_TLS_STARTTLS && session->server->tls != NULL &&
	    !session_is_tls(session);
}

void
command_starttls(struct session *session, const struct command *command)
{
	if (command->argument.length > 0)
		session_reply(session, "501 5.5.4 STARTTLS takes no argument");
	else if (session_is_tls(session))
		session_reply(session, "503 5.5.1 TLS is on already");
	else if (session->listener->tls != RECEIVE_TLS_STARTTLS)
		session_reply(session, "502 5.5.1 STARTTLS is not offered here");
	else if (session->server->tls == NULL)
		session_reply(session, "454 4.7.0 TLS is not available");
	else {
		session_enter(session, SESSION_STARTTLS);
		session_reply(session, "220 2.0.0 begin TLS");
	}
}
