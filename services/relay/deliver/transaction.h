/*
 * One SMTP mail transaction: MAIL, RCPT for each recipient, DATA, and what became of each
 * recipient. Filled in by whoever wants it done (transfer.c), carried out by a client. All pointers
 * are the former's and must live until the transaction has ended.
 */
#ifndef SERVICES_RELAY_DELIVER_TRANSACTION_H
#define SERVICES_RELAY_DELIVER_TRANSACTION_H

#include <stdbool.h>

#include <glib.h>

#include "services/relay/deliver/verdict.h"

/* What is left to be done for a recipient when the transaction has ended. */
enum transaction_rest {
	TRANSACTION_NOTHING,    /* its verdict is the server's, or comes too late for another one */
	TRANSACTION_OTHER_HOST, /* the server let us down before it had the whole content: another host
				   may be asked in the same attempt */
	TRANSACTION_FURTHER /* the server took the content for others, and takes no more of them at
			       once: a further transaction is for this one */
};

struct transaction_recipient {
	const char *path;    /* without angle brackets: mailbox.h */
	GString *transcript; /* each recipient's own and complete one */
	const char
	    *dsn; /* what RCPT asks a server that offers DSN: dsn_parameters.h; NULL: nothing */
	struct verdict verdict;     /* open until the server or its silence decided */
	enum transaction_rest rest; /* set when it ended */
};

struct transaction {
	const char *mail_from; /* "" is the null sender */
	const char *dsn;       /* what MAIL asks a server that offers DSN; NULL: nothing */
	bool needs_smtputf8;   /* RFC 6531 3.4 */
	bool requires_tls;     /* RFC 8689: goes on with REQUIRETLS */
	const GString *head;   /* header fields with their line ends */
	const GString *body;   /* from the empty line on */
	struct transaction_recipient *recipients;
	unsigned recipient_count;
	/* Set when it ended: */
	bool is_answered;    /* the server replied to MAIL */
	bool is_dsn_offered; /* by the server that it was begun with, which was asked then */
};

#endif
