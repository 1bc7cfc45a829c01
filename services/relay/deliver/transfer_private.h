/*
 * What the files of the transfer share: transfer.c (its beginning and its end), transfer_recipients.c (whom it is for, and
 * what becomes of each), transfer_host.c (which host it goes to), transfer_transaction.c (what goes over the connection).
 */
#ifndef SERVICES_RELAY_DELIVER_TRANSFER_PRIVATE_H
#define SERVICES_RELAY_DELIVER_TRANSFER_PRIVATE_H

#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/security.h"
#include "services/relay/deliver/sender.h"
#include "services/relay/deliver/transfer.h"

struct transfer_recipient {
	struct delivery *delivery;
	struct attempt *attempt;
	struct mailbox mailbox;
	char *dsn; /* what RCPT asks a server that offers DSN */
};

struct transfer {
	struct transfer_context *context;
	GList link; /* in context->running */
	const struct transfer_events *events;
	void *arg;
	/* Those that have not ended: two arrays by the same numbers. */
	struct transfer_recipient *recipients;
	struct transaction_recipient *said; /* to the server about each, and by it */
	unsigned count;
	struct mailbox sender; /* path NULL: the null sender */
	enum sender_kind sender_kind;
	char *dsn; /* what MAIL asks a server that offers DSN */
	struct transaction transaction;
	struct content *content;
	bool is_preparing; /* the content, when a host was found ready for it */
	struct route *route;
	guint host; /* in route->hosts: tried now */
	struct security security;
	struct connection *connection;
	bool is_reused; /* the connection had transactions before */
	bool is_outliving;
	enum transfer_contact contact;
	struct verdict verdict; /* of the hosts that were no use; open: none was tried */
};

/* transfer.c: it ends with that verdict for each, and is gone. */
void transfer_finish(struct transfer *transfer, struct verdict verdict);

/* The same, before any host was talked to. note: why. */
void transfer_finish_unsent(
    struct transfer *transfer, enum verdict_status status, const char *code, const char *note);

/* Those end that have nothing left to be done for them; with the last the transfer ends, and is gone: returns whether it
 * goes on. */
bool transfer_end_decided(struct transfer *transfer, enum transfer_contact contact);

/* transfer_recipients.c: takes the deliveries, begins an attempt of each. */
void transfer_recipients_create(
    struct transfer *transfer, const GPtrArray *deliveries, const char *where);
void transfer_recipients_free(struct transfer *transfer);

/* A line, or the greetings of its connection, in the transcript of each. */
void transfer_note(struct transfer *transfer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void transfer_add_opening(struct transfer *transfer);

/* Completes the attempt of that recipient by its verdict, which is not open, and takes it out: the last one has its number
 * then. now: when the transfer's part of the work was done. */
struct transfer_result transfer_recipient_end(
    struct transfer *transfer, unsigned index, int64_t now);

/* What its message asks of TLS. */
enum message_tls transfer_asks_tls(const struct transfer *transfer);

/* transfer_host.c: the one that is tried now. */
struct route_host *transfer_host(const struct transfer *transfer);

/* The first connection of the attempt; or the end of it, where the route leads nowhere. */
void transfer_open_first(struct transfer *transfer);

/* Connects to the host of that number, or to one after it; past the last the transfer ends. */
void transfer_try_host(struct transfer *transfer, guint index);

/* The host was no use, says verdict: the next one is tried. */
void transfer_drop_host(struct transfer *transfer, struct verdict verdict);

/* The number of the host that its connection goes to: to try again there if need be. */
guint transfer_find_host(const struct transfer *transfer);

void transfer_note_contact(struct transfer *transfer, enum transfer_contact contact);

/* transfer_transaction.c: what its connection tells. */
extern const struct connection_events transfer_connection_events;

void transfer_on_ready(void *arg);
void transfer_on_rested(void *arg);
void transfer_on_failed(void *arg, enum connection_failure failure, struct verdict verdict);
void transfer_on_content(void *arg, enum content_outcome outcome);

#endif
