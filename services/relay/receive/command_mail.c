/* MAIL, RFC 5321 4.1.1.2; SIZE of RFC 1870, BODY of RFC 6152, SMTPUTF8 of RFC 6531, AUTH of RFC 4954, RET and
 * ENVID of RFC 3461, REQUIRETLS of RFC 8689. */
#include "services/relay/receive/command_parameters.h"
#include "services/relay/receive/dsn_parse.h"
#include "services/relay/receive/session_private.h"

struct mail_parameters {
	bool takes_dsn; /* whether it is offered: set before */
	bool is_tls;    /* likewise, REQUIRETLS */
	bool requires_tls;
	bool is_smtputf8;
	uint64_t size; /* declared; 0: not */
	enum dsn_return dsn_return;
	struct span envelope_id; /* start NULL: none */
};

static const char *
read_size(struct span value, void *arg)
{
	struct mail_parameters *out = arg;

	return value.start != NULL && span_number(value, &out->size)
	    ? NULL
	    : "501 5.5.4 SIZE is a number of bytes";
}

static const char *
read_body(struct span value, void *arg)
{
	(void)arg;
	if (value.start != NULL && span_is(value, "BINARYMIME"))
		return "504 5.5.4 BINARYMIME is not offered: say 8BITMIME";
	return value.start != NULL && (span_is(value, "7BIT") || span_is(value, "8BITMIME"))
	    ? NULL
	    : "501 5.5.4 BODY is 7BIT or 8BITMIME";
}

static const char *
read_smtputf8(struct span value, void *arg)
{
	struct mail_parameters *out = arg;

	out->is_smtputf8 = true;
	return value.start == NULL ? NULL : "501 5.5.4 SMTPUTF8 has no value";
}

/* Whom the client believes the message to come from is not our concern: it is known, or refused. */
static const char *
read_auth(struct span value, void *arg)
{
	(void)arg;
	return value.start != NULL ? NULL : "501 5.5.4 AUTH needs a value";
}

static const char *
read_return(struct span value, void *arg)
{
	struct mail_parameters *out = arg;

	if (!out->takes_dsn)
		return PARAMETER_UNKNOWN;
	return value.start != NULL && dsn_parse_return(value, &out->dsn_return)
	    ? NULL
	    : "501 5.5.4 RET is FULL or HDRS";
}

static const char *
read_envelope_id(struct span value, void *arg)
{
	struct mail_parameters *out = arg;

	if (!out->takes_dsn)
		return PARAMETER_UNKNOWN;
	out->envelope_id = value;
	return value.start != NULL && dsn_parse_envelope_id(value)
	    ? NULL
	    : "501 5.5.4 ENVID is xtext of at most 100 characters";
}

static const char *
read_requiretls(struct span value, void *arg)
{
	struct mail_parameters *out = arg;

	if (!out->is_tls)
		return "530 5.7.10 REQUIRETLS is for TLS: say STARTTLS first";
	out->requires_tls = true;
	return value.start == NULL ? NULL : "501 5.5.4 REQUIRETLS has no value";
}

static const struct parameter_reader mail_parameters[] = {
    {"SIZE", read_size},
    {"BODY", read_body},
    {"SMTPUTF8", read_smtputf8},
    {"AUTH", read_auth},
    {"RET", read_return},
    {"ENVID", read_envelope_id},
    {"REQUIRETLS", read_requiretls},
    {NULL, NULL},
};

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
	session->message->dsn_return = parameters->dsn_return;
	if (parameters->requires_tls)
		session->message->tls = MESSAGE_TLS_REQUIRED;
	if (parameters->envelope_id.start != NULL)
		session->message->envelope_id =
		    g_strndup(parameters->envelope_id.start, parameters->envelope_id.length);
	session->is_smtputf8 = parameters->is_smtputf8;
	session_enter(session, SESSION_ASKED_MAIL);
	backend->calls->mail(session->visit, session->message->mail_from);
}

void
command_mail(struct session *session, const struct command *command)
{
	size_t message_bytes = session->server->settings->limits.message_bytes;
	struct span rest = command->argument;
	struct mail_parameters parameters = {
	    .takes_dsn = session->server->backend->offers_dsn, .is_tls = session_is_tls(session)};
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
	refusal = command_read_parameters(rest, mail_parameters, &parameters);
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
