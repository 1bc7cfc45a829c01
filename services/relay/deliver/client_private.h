/* What the files of the client share: client.c (replies, the transcript), client_open.c
 * (greetings), client_mail.c (transactions). */
#ifndef SERVICES_RELAY_DELIVER_CLIENT_PRIVATE_H
#define SERVICES_RELAY_DELIVER_CLIENT_PRIVATE_H

#include <stdint.h>

#include "services/relay/deliver/dot_stuffing.h"
#include "services/relay/deliver/reply.h"
#include "services/relay/deliver/client.h"

/* What the server's next reply answers; but for the last two, which wait for none. */
enum client_state {
	CLIENT_STATE_GREETING,
	CLIENT_STATE_EHLO,
	CLIENT_STATE_HELO,
	CLIENT_STATE_STARTTLS,
	CLIENT_STATE_RSET,
	CLIENT_STATE_MAIL,
	CLIENT_STATE_RCPT,
	CLIENT_STATE_DATA,
	CLIENT_STATE_CONTENT, /* being sent: no reply is due yet */
	CLIENT_STATE_DOT,
	CLIENT_STATE_IDLE,
	CLIENT_STATE_OVER
};

/* What EHLO offered. */
struct client_offer {
	bool pipelining;
	bool eight_bit_mime;
	bool smtputf8;
	bool starttls;
	bool dsn;
	bool requiretls; /* counts under TLS alone */
	bool size;
	uint64_t size_limit; /* bytes; 0: none known */
};

struct client {
	enum client_state state;
	enum client_tls tls;
	bool is_tls; /* its handshake is done */
	bool needs_requiretls;
	bool refuses_itself;
	bool is_itself; /* the server gave our name as its own */
	bool is_ahead;  /* the server sent more than the reply that is being acted on */
	const char *hostname;
	struct client_offer offer;
	struct reply reply;
	GString *output;
	GString *line; /* the command being made */
	GString *opening;
	struct verdict verdict; /* why it failed before a transaction */
	bool needs_rset;        /* a transaction was left open on the server */
	bool is_past_dot;
	unsigned transactions;
	/* The transaction under way: */
	struct transaction *transaction; /* NULL: none */
	unsigned recipient;              /* whose RCPT is answered next */
	unsigned accepted;               /* recipients that got 2xx */
	struct dot_stuffing stuffing;
};

/* The code's first digit in the reply read last. */
unsigned client_reply_class(const struct client *client);

/* The verdict that the reply read last is. */
struct verdict client_read_verdict(const struct client *client);

/* Sends client->line as a command; its transcript line goes where the conversation is now. */
void client_send_line(struct client *client);
void client_send(struct client *client, const char *command);

/* The same, with a transcript line for one recipient alone. */
void client_send_line_for(struct client *client, const struct transaction_recipient *recipient);

/* The server is gone before the transaction's end: what becomes of those that it had not decided on. */
void client_leave(
    const struct client *client, struct transaction *transaction, struct verdict verdict);

/* A line of the reply came: for EHLO's offers. */
void client_read_offer(struct client *client);

/* A reply is complete, in a state of the greetings, or of a transaction. */
enum client_step client_on_opening_reply(struct client *client);
enum client_step client_on_mail_reply(struct client *client);

#endif
