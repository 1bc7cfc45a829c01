/* EHLO and HELO, RFC 5321 4.1.1.1. */
#include "services/relay/receive/session_private.h"

enum { HELO_NAME_MAX = 255 };

/*
 * Names are what clients have: "localhost", "my_pc", "[10.0.0.1]". Any is taken; what a Received field could
 * not hold is replaced.
 */
static char *
helo_name(struct span argument)
{
	char *name = g_strndup(argument.start, argument.length);

	for (char *at = name; *at != '\0'; at++)
		if (!g_ascii_isgraph(*at) || strchr("()<>\"\\;,@", *at) != NULL)
			*at = '?';
	return name;
}

static void
reply_extensions(struct session *session)
{
	const struct receive_settings *settings = session->server->settings;

	session_reply_format(session,
	    "250-%s\r\n250-PIPELINING\r\n250-SIZE %zu\r\n250-8BITMIME\r\n250-CHUNKING\r\n"
	    "250-SMTPUTF8",
	    settings->hostname, settings->limits.message_bytes);
	if (session->server->backend->offers_dsn)
		session_reply(session, "250-DSN");
	if (command_starttls_is_offered(session))
		session_reply(session, "250-STARTTLS");
	if (command_auth_is_offered(session))
		session_reply(session, "250-AUTH PLAIN LOGIN");
	if (session_is_tls(session))
		session_reply(session, "250-REQUIRETLS");
	session_reply(session, "250 ENHANCEDSTATUSCODES");
}

void
command_ehlo(struct session *session, const struct command *command)
{
	size_t length = command->argument.length;

	if (length == 0 || length > HELO_NAME_MAX ||
	    memchr(command->argument.start, '\0', length) != NULL) {
		session_reply(session, "501 5.5.4 say your host name after EHLO or HELO");
		return;
	}
	session_reset_transaction(session);
	g_free(session->helo);
	session->helo = helo_name(command->argument);
	session->is_esmtp = command->verb == COMMAND_EHLO;
	if (session->is_esmtp)
		reply_extensions(session);
	else
		session_reply_format(session, "250 %s", session->server->settings->hostname);
}
