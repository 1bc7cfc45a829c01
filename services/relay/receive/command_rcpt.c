/* RCPT, RFC 5321 4.1.1.3; NOTIFY and ORCPT of RFC 3461. */
#include "services/relay/receive/command_parameters.h"
#include "services/relay/receive/dsn_parse.h"
#include "services/relay/receive/session_private.h"

struct rcpt_parameters {
	bool takes_dsn;   /* whether it is offered: set before */
	bool is_smtputf8; /* likewise the transaction's */
	unsigned notify;
	struct span original; /* start NULL: none */
};

static const char *
read_notify(struct span value, void *arg)
{
	struct rcpt_parameters *out = arg;

	if (!out->takes_dsn)
		return PARAMETER_UNKNOWN;
	return value.start != NULL && dsn_parse_notify(value, &out->notify)
	    ? NULL
	    : "501 5.5.4 NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY";
}

static const char *
read_original(struct span value, void *arg)
{
	struct rcpt_parameters *out = arg;

	if (!out->takes_dsn)
		return PARAMETER_UNKNOWN;
	out->original = value;
	return value.start != NULL && dsn_parse_original(value, out->is_smtputf8)
	    ? NULL
	    : "501 5.5.4 ORCPT is type;xtext of at most 500 characters";
}

static const struct parameter_reader rcpt_parameters[] = {
    {"NOTIFY", read_notify},
    {"ORCPT", read_original},
    {NULL, NULL},
};

static void
ask_recipient(
    struct session *session, struct span address, const struct rcpt_parameters *parameters)
{
	session->recipient = g_strndup(address.start, address.length);
	session->notify = parameters->notify;
	session->original_recipient = parameters->original.start != NULL
	    ? g_strndup(parameters->original.start, parameters->original.length)
	    : NULL;
	session_enter(session, SESSION_ASKED_RCPT);
	session->server->backend->calls->recipient(session->visit, session->recipient);
}

void
command_rcpt(struct session *session, const struct command *command)
{
	struct span rest = command->argument;
	struct rcpt_parameters parameters = {
	    .takes_dsn = session->server->backend->offers_dsn, .is_smtputf8 = session->is_smtputf8};
	enum path_fault fault;
	const char *refusal;
	struct path path;

	if (session->message == NULL) {
		session_reply(session, "503 5.5.1 say MAIL first");
		return;
	}
	if (session->is_chunked) {
		session_reply(session, "503 5.5.1 recipients come before BDAT");
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
	refusal = command_read_parameters(rest, rcpt_parameters, &parameters);
	if (refusal != NULL) {
		session_reply(session, refusal);
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
	ask_recipient(session, path.address, &parameters);
}

void
command_rcpt_answered(struct session *session, int code, const char *text)
{
	if (code / 100 == 2) {
		struct message_recipient *recipient =
		    message_add_recipient(session->message, session->recipient);

		recipient->notify = session->notify;
		recipient->original_recipient = g_steal_pointer(&session->original_recipient);
	}
	session_forget_recipient(session);
	session_enter(session, SESSION_COMMAND);
	session_reply_format(session, "%d %s", code, text);
}
