/* MAIL, RFC 5321 4.1.1.2; SIZE of RFC 1870, BODY of RFC 6152, SMTPUTF8 of RFC 6531, AUTH of RFC 4954. */
#include "services/relay/receive/session_private.h"

struct mail_parameters {
	bool is_smtputf8;
	uint64_t size; /* declared; 0: not */
};

/* Each reads one parameter; returns the reply that refuses it, or NULL. */
typedef const char *parameter_reader(struct span value, struct mail_parameters *out);

static const char *
read_size(struct span value, struct mail_parameters *out)
{
	return value.start != NULL && span_number(value, &out->size)
	    ? NULL
	    : "501 5.5.4 SIZE is a number of bytes";
}

static const char *
read_body(struct span value, struct mail_parameters *out)
{
	(void)out;
	if (value.start != NULL && span_is(value, "BINARYMIME"))
		return "504 5.5.4 BINARYMIME is not offered: say 8BITMIME";
	return value.start != NULL && (span_is(value, "7BIT") || span_is(value, "8BITMIME"))
	    ? NULL
	    : "501 5.5.4 BODY is 7BIT or 8BITMIME";
}

static const char *
read_smtputf8(struct span value, struct mail_parameters *out)
{
	out->is_smtputf8 = true;
	return value.start == NULL ? NULL : "501 5.5.4 SMTPUTF8 has no value";
}

/* Whom the client believes the message to come from is not our concern: it is known, or refused. */
static const char *
read_auth(struct span value, struct mail_parameters *out)
{
	(void)out;
	return value.start != NULL ? NULL : "501 5.5.4 AUTH needs a value";
}

static const struct {
	const char *keyword;
	parameter_reader *read;
} mail_parameter_readers[] = {
    {"SIZE", read_size},
    {"BODY", read_body},
    {"SMTPUTF8", read_smtputf8},
    {"AUTH", read_auth},
};

static const char *
read_parameter(const struct parameter *parameter, unsigned *seen, struct mail_parameters *out)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(mail_parameter_readers); i++) {
		if (!span_is(parameter->keyword, mail_parameter_readers[i].keyword))
			continue;
		if (*seen & 1u << i)
			return "501 5.5.4 a parameter stands twice";
		*seen |= 1u << i;
		return mail_parameter_readers[i].read(parameter->value, out);
	}
	return "555 5.5.4 a parameter is not known";
}

static const char *
read_parameters(struct span rest, struct mail_parameters *out)
{
	struct parameter parameter;
	const char *refusal = NULL;
	unsigned seen = 0;

	*out = (struct mail_parameters){0};
	while (refusal == NULL) {
		switch (command_take_parameter(&rest, &parameter)) {
		case PARAMETER_NONE:
			return NULL;
		case PARAMETER_TAKEN:
			refusal = read_parameter(&parameter, &seen, out);
			break;
		case PARAMETER_MALFORMED:
			refusal = "501 5.5.4 a parameter is malformed";
			break;
		}
	}
	return refusal;
}

static void
begin_transaction(
    struct session *session, struct span address, const struct mail_parameters *parameters)
{
	struct receive_backend *backend = session->server->backend;

	session->messages++;
	session->message = message_create();
	session->message->budget = backend->budget;
	session->message->client = g_strdup(session->address);
	session->message->mail_from = g_strndup(address.start, address.length);
	session->is_smtputf8 = parameters->is_smtputf8;
	session_enter(session, SESSION_ASKED_MAIL);
	backend->calls->mail(session->visit, session->message->mail_from);
}

void
command_mail(struct session *session, const struct command *command)
{
	size_t message_bytes = session->server->settings->limits.message_bytes;
	struct span rest = command->argument;
	struct mail_parameters parameters;
	enum path_fault fault;
	const char *refusal;
	struct path path;

	if (session->helo == NULL) {
		session_reply(session, "503 5.5.1 say EHLO first");
		return;
	}
	if (session->message != NULL) {
		session_reply(session, "503 5.5.1 a transaction is under way");
		return;
	}
	if (session->messages >= session->server->settings->limits.messages) {
		session_refuse(
		    session, "421 4.7.0 enough messages on this connection: open another");
		return;
	}
	if (!command_take_prefix(&rest, "FROM:")) {
		session_reply(session, "501 5.5.4 say MAIL FROM:<address>");
		return;
	}
	fault = command_take_path(&rest, &path);
	if (fault != PATH_FINE) {
		session_reply_format(session, "501 5.1.7 %s", path_fault_text(fault));
		return;
	}
	refusal = read_parameters(rest, &parameters);
	if (refusal != NULL) {
		session_reply(session, refusal);
		return;
	}
	if (!path.is_ascii && !parameters.is_smtputf8) {
		session_reply(session, "553 5.6.7 this address needs SMTPUTF8");
		return;
	}
	if (parameters.size > message_bytes) {
		session_reply_format(
		    session, "552 5.3.4 a message has at most %zu bytes", message_bytes);
		return;
	}
	begin_transaction(session, path.address, &parameters);
}

void
command_mail_answered(struct session *session, int code, const char *text)
{
	if (code / 100 != 2)
		session_reset_transaction(session);
	session_enter(session, SESSION_COMMAND);
	session_reply_format(session, "%d %s", code, text);
}
