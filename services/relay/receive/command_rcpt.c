/* RCPT, RFC 5321 4.1.1.3. */
#include "services/relay/receive/session_private.h"

static void
ask_recipient(struct session *session, struct span address)
{
	session->recipient = g_strndup(address.start, address.length);
	session_enter(session, SESSION_ASKED_RCPT);
	session->server->backend->calls->recipient(session->visit, session->recipient);
}

void
command_rcpt(struct session *session, const struct command *command)
{
	struct span rest = command->argument;
	struct parameter parameter;
	enum path_fault fault;
	struct path path;

	if (session->message == NULL) {
		session_reply(session, "503 5.5.1 say MAIL first");
		return;
	}
	if (!command_take_prefix(&rest, "TO:")) {
		session_reply(session, "501 5.5.4 say RCPT TO:<address>");
		return;
	}
	fault = command_take_path(&rest, &path);
	if (fault != PATH_FINE) {
		session_reply_format(session, "501 5.1.3 %s", path_fault_text(fault));
		return;
	}
	if (path.address.length == 0) {
		session_reply(session, "501 5.1.3 a recipient needs an address");
		return;
	}
	if (command_take_parameter(&rest, &parameter) != PARAMETER_NONE) {
		session_reply(session, "555 5.5.4 RCPT takes no parameters here");
		return;
	}
	if (!path.is_ascii && !session->is_smtputf8) {
		session_reply(session, "553 5.6.7 this address needs SMTPUTF8");
		return;
	}
	/* RFC 5321 4.5.3.1.10: the client sends the rest in another transaction. */
	if (session->message->recipients->len >= session->server->settings->limits.recipients) {
		session_reply(session, "452 4.5.3 too many recipients in one transaction");
		return;
	}
	ask_recipient(session, path.address);
}

void
command_rcpt_answered(struct session *session, int code, const char *text)
{
	if (code / 100 == 2)
		message_add_recipient(session->message, session->recipient);
	g_clear_pointer(&session->recipient, g_free);
	session_enter(session, SESSION_COMMAND);
	session_reply_format(session, "%d %s", code, text);
}
