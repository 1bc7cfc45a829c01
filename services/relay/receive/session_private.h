/*
 * A session from within: its state, and what the command files (command_*.c) may do with it. Only for files of this folder.
 *
 * Every event ends in session_run(): take commands while there are any, flush the replies in one write, free the
 * session if it is closed. A command either replies, or asks the backend by entering a SESSION_ASKED_
 * state first; session_answered() then hands the answer to the command's file.
 */
#ifndef SERVICES_RELAY_RECEIVE_SESSION_PRIVATE_H
#define SERVICES_RELAY_RECEIVE_SESSION_PRIVATE_H

#include <netinet/in.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <glib.h>

#include "services/relay/receive/backend.h"
#include "services/relay/receive/command_parse.h"
#include "services/relay/receive/data.h"
#include "services/relay/receive/memory_gate.h"
#include "services/relay/receive/receive.h"
#include "services/relay/receive/server_private.h"
#include "services/relay/receive/session.h"

enum {
	LINE_MAX_BYTES = 2048,       /* a command with its CR LF, AUTH's exchange too; 500 5.5.6 */
	INPUT_MAX_BYTES = 64 << 10,  /* read ahead of what was handled; then reading stops */
	OUTPUT_MAX_BYTES = 16 << 10, /* replies not taken by the client; then commands wait */
	LINGER_SECONDS = 3,          /* for the client to read the last reply and close */
	DRAIN_IDLE_MICROSECONDS =
	    1000000, /* of silence; then a stop does not wait for the client */
	TLS_NAME_SIZE = 64
};

enum session_state {
	SESSION_PROXY, /* the header of a balancer comes next */
	SESSION_HANDSHAKE,
	SESSION_COMMAND,    /* a command comes next */
	SESSION_AUTH_LINE,  /* a line of the AUTH exchange comes next */
	SESSION_ASKED_MAIL, /* the backend thinks, as in the next three */
	SESSION_ASKED_RCPT,
	SESSION_ASKED_LOGIN,
	SESSION_ASKED_MESSAGE,
	SESSION_DATA,     /* message data comes next */
	SESSION_CHUNK,    /* bytes of a BDAT chunk come next */
	SESSION_STARTTLS, /* the handshake begins when the reply is out */
	SESSION_QUITTING, /* closed when the replies are out: the client has no more to say */
	SESSION_CLOSING, /* when the replies are out the write side is shut: the client has more to say */
	SESSION_LINGERING, /* until the client closes, or LINGER_SECONDS */
	SESSION_CLOSED     /* freed at the end of session_run() */
};

/* What becomes of the chunk that is coming. */
enum chunk_use {
	CHUNK_MORE,     /* more follow */
	CHUNK_LAST,     /* the message is whole with it */
	CHUNK_DISCARDED /* it is read, lest it pass for commands, and forgotten */
};

enum auth_step { AUTH_PLAIN, AUTH_LOGIN_NAME, AUTH_LOGIN_PASSWORD };

struct session {
	struct receive_server *server;
	const struct receive_listener *listener;
	GList link;                       /* in server->sessions */
	char id[RECEIVE_SESSION_ID_SIZE]; /* in each line of the log that is about it */
	struct bufferevent *connection;
	enum session_state state;
	char address[INET6_ADDRSTRLEN]; /* the client's; in SESSION_PROXY the balancer's */
	void *visit;      /* the backend's; NULL: the client is not known, nor counted */
	GString *replies; /* not yet handed to the connection */
	unsigned errors;
	unsigned messages; /* begun on this connection */
	bool is_running;   /* within session_run() */
	bool is_ended;     /* the client has closed its side */
	bool is_overlong;  /* within a line that is too long */
	bool is_mid_line;  /* a part of a command's line has come */
	bool is_esmtp;     /* EHLO, not HELO */
	bool is_authenticated;
	bool is_smtputf8;        /* this transaction said SMTPUTF8 */
	char *helo;              /* printable ASCII; NULL: no EHLO or HELO yet */
	char tls[TLS_NAME_SIZE]; /* "TLSv1.3 TLS_AES_256_GCM_SHA384"; "" outside TLS */
	enum auth_step auth_step;
	char *auth_name;          /* between the two lines of AUTH LOGIN */
	struct message *message;  /* the transaction: from MAIL to its end; else NULL */
	char *recipient;          /* what the backend is asked about */
	unsigned notify;          /* enum dsn_notify, of that one */
	char *original_recipient; /* likewise; or NULL */
	struct data_reader data;
	int64_t asked_at; /* when the backend got the message; microseconds, monotonic */
	unsigned asked_recipients;
	bool is_chunked; /* the message of this transaction comes by BDAT, and has begun */
	enum chunk_use chunk_use;
	uint64_t chunk_size, chunk_left; /* bytes of the chunk that is coming */
	const char *chunk_refusal;       /* what answers one that is discarded; a literal */
	struct memory_gate_pass gate_pass;
	struct event *deadline; /* of the state as a whole, where it has one; else NULL */
	int64_t watched_from;   /* when that time began; microseconds, monotonic */
	int64_t heard_at;       /* when the last command came, or its answer; likewise */
};

/* session.c: the one place where the state changes. */
void session_enter(struct session *session, enum session_state state);
void session_run(struct session *session);

/* A balancer named its client: goes on as if the client had connected itself. */
void session_meet(struct session *session, const char *address);
void session_reset_transaction(struct session *session);

/* The backend answered for it, or will not. */
void session_forget_recipient(struct session *session);

/* session_drain.c: while the server drains: whether it ends now. Who is silent between two messages goes first; others may go on to QUIT. */
bool session_has_had_its_time(const struct session *session);
bool session_is_tls(const struct session *session);

/* Whether it is in the middle of a message: within DATA, within a chunk, or between two. */
bool session_is_receiving(const struct session *session);

/* Forgets EHLO, the login and the transaction: after STARTTLS (RFC 3207 4.2). */
void session_start_over(struct session *session);

/* session_message.c: the message of a transaction as it comes, by DATA or by BDAT. */
enum message_place { MESSAGE_PLACE_DATA, MESSAGE_PLACE_BDAT };

/* NULL: a message may begin or go on. Else what keeps it, as a reply. */
const char *session_message_obstacle(const struct session *session, enum message_place place);
void session_message_begin(struct session *session, enum data_framing framing);

/* Takes up to `most` bytes of the message from the input. Returns how many; 0: there is nothing, or memory is short. */
size_t session_message_feed(struct session *session, uint64_t most);

/* It came whole: asks the backend, or refuses it. */
void session_message_end(struct session *session);

/* It has a fault already: ends the transaction and says which. */
void session_message_refuse(struct session *session);

/* The backend's answer in SESSION_ASKED_MESSAGE. */
void session_message_answered(struct session *session, int code, const char *text);

/* session_reply.c. A reply is "250 2.1.0 Ok", without CR LF. Each 5xx counts as an error of the client. */
void session_reply(struct session *session, const char *reply);
void session_reply_format(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Replies and closes; ends the transaction. */
void session_refuse(struct session *session, const char *reply);

/* session_io.c. */
enum line_outcome { LINE_NONE, LINE_TAKEN, LINE_OVERLONG, LINE_BARE_NEWLINE };

/* Whether an LF alone ends a line of this client. */
bool session_takes_bare_newlines(const struct session *session);

/* line has room for LINE_MAX_BYTES. length: without CR LF. */
enum line_outcome session_take_line(struct session *session, char *line, size_t *length);

void session_connect(struct session *session, evutil_socket_t fd);
void session_connect_proxied(struct session *session, evutil_socket_t fd);

/* The header is read: TLS or the greeting comes next. */
void session_proceed(struct session *session);
void session_flush(struct session *session);

/* Reads on, or stops for as long as what was read is not handled. */
void session_adjust_reading(struct session *session);
void session_set_timeout(struct session *session, unsigned seconds);
size_t session_output_waiting(const struct session *session);

/* session_deadline.c: how long the state may last, or a line that has begun in it; then the session is refused, or closed. */

/* The state is another, or goes on, anew or with the time that it has left. */
void session_time(struct session *session, bool anew);

/* Input was looked at for a line. */
void session_time_line(struct session *session, enum line_outcome outcome);
void session_unwatch(struct session *session);

/* session_proxy.c. */
void session_await_proxy(struct session *session);

/* Does what can be done with the header so far. False: nothing, or the session is closed. */
bool session_proxy_read(struct session *session);
void session_proxy_late(struct session *session);

/* command_*.c. */
void command_ehlo(struct session *session, const struct command *command);
void command_mail(struct session *session, const struct command *command);
void command_rcpt(struct session *session, const struct command *command);
void command_data(struct session *session, const struct command *command);
void command_rset(struct session *session, const struct command *command);
void command_noop(struct session *session, const struct command *command);
void command_quit(struct session *session, const struct command *command);
void command_vrfy(struct session *session, const struct command *command);
void command_expn(struct session *session, const struct command *command);
void command_help(struct session *session, const struct command *command);
void command_bdat(struct session *session, const struct command *command);
void command_unknown(struct session *session, const struct command *command);
void command_foreign(struct session *session, const struct command *command);
void command_starttls(struct session *session, const struct command *command);
void command_auth(struct session *session, const struct command *command);

/* A line of the exchange, or a cancelling "*". */
void command_auth_line(struct session *session, struct span line);

/* Takes message data from the input. False: there is none, or memory is short. */
bool command_data_read(struct session *session);
bool command_bdat_read(struct session *session);

/* Which of these the listener and the connection allow just now. */
bool command_starttls_is_offered(const struct session *session);
bool command_auth_is_offered(const struct session *session);

/* The backend's answer in a SESSION_ASKED_ state. */
void command_mail_answered(struct session *session, int code, const char *text);
void command_rcpt_answered(struct session *session, int code, const char *text);
void command_auth_answered(struct session *session, int code, const char *text);

#endif
