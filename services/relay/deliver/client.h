/*
 * An SMTP client (RFC 5321), without sockets and timers: bytes in, bytes out, transcripts written.
 *
 *   client_create() -> client_input() with what the server sends, client_output() to it
 *     CLIENT_START_TLS -> client_secured()
 *     CLIENT_READY -> client_begin() -> ... -> CLIENT_ENDED -> client_begin() with the next ...
 *   -> client_destroy()
 *
 * PIPELINING (RFC 2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531), STARTTLS (3207) and DSN (3461) are used
 * where offered, REQUIRETLS (8689) where it is offered under TLS and asked for. Content with 8-bit bytes goes unchanged to a server without 8BITMIME, with no
 * BODY=, as nearly all relays do: such servers take it, and a conversion would break signatures.
 */
#ifndef SERVICES_RELAY_DELIVER_CLIENT_H
#define SERVICES_RELAY_DELIVER_CLIENT_H

#include <stdbool.h>

#include <glib.h>

#include "services/relay/deliver/transaction.h"

enum {
	CLIENT_PIECE = 64 * 1024 /* bytes of content written at a time */
};

struct client;

enum client_tls {
	CLIENT_TLS_WHEN_OFFERED,
	CLIENT_TLS_NEVER,
	CLIENT_TLS_REQUIRED,
	CLIENT_TLS_PASSED_ON /* required, and REQUIRETLS has to be offered under it */
};

/* What the owner has to do next, besides sending the output. */
enum client_step {
	CLIENT_WAITS,     /* nothing: the server's turn */
	CLIENT_START_TLS, /* send the output, start TLS, call client_secured() */
	CLIENT_READY,     /* the greetings are over: a transaction may begin */
	CLIENT_ENDED,     /* the transaction: each of its recipients has a verdict */
	CLIENT_FAILED /* the server cannot be used: client_verdict(); no transaction was under way */
};

/* hostname: for EHLO; must outlive the client. */
struct client *client_create(const char *hostname, enum client_tls tls);
void client_destroy(struct client *client);

/* From here on a server that gives hostname as its own name in reply to EHLO is not talked to (5.4.6): whatever DNS made of a
 * mail domain, mail must not go in a circle. One label says too little to go by. */
void client_refuse_itself(struct client *client);

/* Reads from *data to the end or to the first step; moves *data to the first byte not used. What is
 * left after a step is of no use: a server that talks on is out of step, and the client over. */
enum client_step client_input(struct client *client, const char **data, const char *end);

/* What is to be sent. The owner empties it. */
GString *client_output(struct client *client);

/* description: "TLSv1.3 TLS_AES_256_GCM_SHA384 verified=none". */
void client_secured(struct client *client, const char *description);

/* Begins a transaction on a client that is ready. CLIENT_ENDED: it needs what the server has not. */
enum client_step client_begin(struct client *client, struct transaction *transaction);

/* Whether content is left that client_produce() appends the next piece of to the output. To be
 * called when all output is sent. */
bool client_has_content(const struct client *client);
void client_produce(struct client *client);

/* The connection broke, fell silent or is given up: note goes into the transcripts, what is open
 * becomes deferred with code. Returns CLIENT_ENDED or CLIENT_FAILED. */
enum client_step client_break(struct client *client, const char *code, const char *note);

/* Whether the final dot is in the output or was: then the message may be delivered, whatever
 * happens. */
bool client_is_past_dot(const struct client *client);

/* Between transactions: whether another one may begin. */
bool client_is_usable(const struct client *client);

/* Whether the server passes REQUIRETLS on. */
bool client_offers_requiretls(const struct client *client);

/* Appends QUIT to the output, of a client that is usable. */
void client_quit(struct client *client);

/* After CLIENT_FAILED: what this means for a delivery that has no other host. */
struct verdict client_verdict(const struct client *client);

/* Transcript of the greetings, for each transaction's transcript to begin with. */
GString *client_opening(struct client *client);

/* Transactions ended so far. */
unsigned client_transactions(const struct client *client);

#endif
