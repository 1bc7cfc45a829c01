/*
 * Delivery status notifications (RFC 3464): what the sender of a message, or who cares for the account, is told of one of its recipients, as a message
 * of its own: multipart/report of words for people, message/delivery-status, and the message or its header.
 *
 * It leaves under the null sender, so that nothing ever answers it, and says Auto-Submitted. One report is about one
 * recipient, so several that fail at once come as several reports.
 */
#ifndef SERVICES_RELAY_MESSAGE_DSN_H
#define SERVICES_RELAY_MESSAGE_DSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/message.h"

enum {
	DSN_DIAGNOSTIC_MAX = 500 /* bytes of the server's words that are told */
};

enum dsn_action {
	DSN_FAILED,
	DSN_DELAYED, /* it is still being tried */
	DSN_RELAYED  /* taken by a server that reports no success itself: RFC 3461 5.2.2 */
};

/* Whom it is for. */
enum dsn_addressee { DSN_TO_SENDER, DSN_TO_MANAGER, DSN_TO_AUTHOR };

/* All times are microseconds. Strings: "" or NULL where there is nothing to say. */
struct dsn {
	enum dsn_action action;
	const char *hostname;          /* Reporting-MTA */
	const struct message *message; /* the one it is about */
	enum dsn_addressee addressee;
	const char *to;                 /* their address: not "" */
	int64_t delivery_id;            /* of the recipient, for the Message-ID */
	const char *recipient;          /* UTF-8 */
	const char *original_recipient; /* ORCPT as it came, or NULL */
	const char *status;             /* RFC 3463: "5.1.1" */
	const char *remote;             /* the server that spoke, or NULL */
	const char *reply;              /* its reply, UTF-8; or NULL */
	const char *reason;             /* where no server spoke: ours; or NULL */
	int64_t when;                   /* of the last attempt */
	int64_t retry_until;            /* DSN_DELAYED: when it will be given up */
	size_t returned_max;            /* bytes of the message that come back at the most */
};

/*
 * The report, to be stored: account_id, received_at, client, mail_from "", subject, head, body and one recipient, `to`. The
 * caller's reference.
 *
 * Of a failure the message comes back whole where its RET says FULL and returned_max allows; else, and of all other reports,
 * its header fields, as many as are allowed, or nothing of a message that was never made (the API's). The report about a message that asked for REQUIRETLS asks for it too (RFC 8689 5),
 * and holds no more than the header.
 */
struct message *dsn_create(const struct dsn *dsn);

/* Whether a message is such a report. */
bool dsn_is_report(const struct message *message);

#endif
