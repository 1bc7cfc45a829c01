/*
 * What the files of the transfer share: transfer.c (its beginning and its end), transfer_host.c (which host it goes to),
 * transfer_transaction.c (what goes over the connection).
 */
#ifndef SERVICES_RELAY_DELIVER_TRANSFER_PRIVATE_H
#define SERVICES_RELAY_DELIVER_TRANSFER_PRIVATE_H

#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/security.h"
#include "services/relay/deliver/sender.h"
#include "services/relay/deliver/transfer.h"

struct transfer {
	struct transfer_context *context;
	GList link; /* in context->running */
	transfer_done *done;
	void *arg;
	struct delivery *delivery;
	struct attempt *attempt;
	struct mailbox sender; /* path NULL: the null sender */
	struct mailbox mailbox;
	struct transaction_recipient recipient;
	enum sender_kind sender_kind;
	char *mail_dsn, *rcpt_dsn; /* what a server that offers DSN is asked */
	struct transaction transaction;
	struct content *content;
	bool is_preparing; /* the content, when a host was found ready for it */
	struct route *route;
	guint host; /* in route->hosts: tried now */
	struct security security;
	struct connection *connection;
	bool is_reused; /* the connection had transactions before */
	enum transfer_contact contact;
	struct verdict verdict; /* of the hosts that were no use; open: none was tried */
};

/* transfer.c: it ends with that verdict, and is gone. */
void transfer_finish(struct transfer *transfer, struct verdict verdict);

/* The same, before any host was talked to. note: why. */
void transfer_finish_unsent(
    struct transfer *transfer, enum verdict_status status, const char *code, const char *note);

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
