/* The commands that need no file of their own: RSET, NOOP, QUIT, VRFY, EXPN, HELP, those there are not, and what is no SMTP. */
#include "services/relay/receive/session_private.h"

void
command_rset(struct session *session, const struct command *command)
{
	if (command->argument.length > 0) {
		session_reply(session, "501 5.5.4 RSET takes no argument");
		return;
	}
	session_reset_transaction(session);
	session_reply(session, "250 2.0.0 Ok");
}

void
command_noop(struct session *session, const struct command *command)
{
	(void)command;
	session_reply(session, "250 2.0.0 Ok");
}

void
command_quit(struct session *session, const struct command *command)
{
	(void)command;
	session_reply(session, "221 2.0.0 Bye");
	session_enter(session, SESSION_QUITTING);
}

/* RFC 5321 3.5.3: 252 neither confirms nor denies. */
void
command_vrfy(struct session *session, const struct command *command)
{
	session_reply(session,
	    command->argument.length > 0 ? "252 2.5.0 send the mail and we will try"
					 : "501 5.5.4 say whom to verify");
}

void
command_expn(struct session *session, const struct command *command)
{
	(void)command;
	session_reply(session, "502 5.5.1 there are no lists to expand");
}

void
command_help(struct session *session, const struct command *command)
{
	(void)command;
	session_reply(session,
	    "214 2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");
}

void
command_unknown(struct session *session, const struct command *command)
{
	(void)command;
	session_reply(session, "500 5.5.2 this command is not known");
}

/* A browser in a known network can be made to send a request whose body is SMTP: it must not be read. */
void
command_foreign(struct session *session, const struct command *command)
{
	(void)command;
	session_refuse(session, "521 5.5.1 this is an SMTP server");
}
