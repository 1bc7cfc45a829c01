/*
 * A message on its way: what the relay received (or the API composed), until its last delivery ends.
 *
 * Shared by reference: message_ref() for each holder, message_unref() by each; the last frees all.
 * One process, one thread: no locks. Strings are GLib's (g_free) and valid UTF-8 where they go to the
 * database, but for the content. GLib is here because GMime brings it.
 */
#ifndef DB_MESSAGE_H
#define DB_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/memory_budget.h"
#include "db/dsn.h"
#include "db/suppressed.h"

enum { MESSAGE_ID_DIGITS = 16 /* of an id, at most: db/id.h */ };

/* What becomes of it once stored. */
enum message_disposition {
	MESSAGE_DELIVER,
	MESSAGE_REJECTED,   /* the client got 5xx; a row in reporting says why */
	MESSAGE_DISCARDED,  /* the client got 250, by configuration; a row in reporting says why */
	MESSAGE_OVER_LIMIT, /* its account's, for now: the client got 4xx, and a row likewise */
	MESSAGE_OVER_WHOLE_LIMIT /* it has more recipients than the account may mail in an hour or a day: 5xx */
};

/* What it asks of TLS on its way (RFC 8689); the numbers are the database's. */
enum message_tls {
	MESSAGE_TLS_USUAL,    /* what the recipients' side and the configuration ask */
	MESSAGE_TLS_REQUIRED, /* REQUIRETLS: verified TLS on each hop, or not at all */
	MESSAGE_TLS_OPTIONAL /* the field TLS-Required: No: policies of the recipients' side do not matter */
};

struct message_recipient {
	int64_t delivery_id;             /* given by message_store_put() */
	char *address;                   /* as the client wrote it, without angle brackets; UTF-8 */
	struct suppression *suppression; /* likewise given: why it is not to be sent; or NULL */
	unsigned notify;                 /* enum dsn_notify: what its sender asked for */
	char *original_recipient;        /* ORCPT as it came, "rfc822;ann@example.net"; or NULL */
};

struct message {
	unsigned references;
	int64_t account_id;
	int64_t message_id;  /* given by message_store_put() */
	int64_t received_at; /* microseconds, base/clock.h */
	enum message_disposition disposition;
	bool smtputf8;    /* RFC 6531: the transaction needs SMTPUTF8 */
	int32_t group_id; /* a group that X-TransGroupID named and the account has; else 0 */
	char *group_name; /* the Subject's group as typed; NULL: the default group */
	char *note; /* what reporting should say beside it (a group name that is none); or NULL */
	char *refusal;     /* the reason, when not MESSAGE_DELIVER; one line, no CR or LF */
	char *client;      /* textual IP of the sender, or "api" */
	char *mail_from;   /* reverse-path without brackets; "" is the null sender */
	char *envelope_id; /* ENVID as it came, xtext (RFC 3461 4.4); or NULL */
	enum dsn_return dsn_return;
	enum message_tls tls;
	char *subject; /* decoded, the group cut, UTF-8; for reports */
	size_t
	    id_place; /* in head: where MESSAGE_ID_DIGITS digits take its message_id once it has one; 0: nowhere */
	GString *head;   /* header fields as they leave, CRLF ends, without the empty line */
	GString *body;   /* from the empty line (its CRLF included) to the end; not dot-stuffed */
	char *signature; /* DKIM-Signature fields to go before head; "": none; NULL: not made yet */
	GPtrArray *recipients;        /* struct message_recipient, owned */
	struct memory_budget *budget; /* what its bytes are counted in; NULL: nothing */
	size_t budgeted;              /* bytes counted there, given back when it is freed */
};

/* An empty message with one reference: strings NULL, head and body empty, no recipients. */
struct message *message_create(void);
struct message *message_ref(struct message *message);
void message_unref(struct message *message);

/* Adds a recipient, which the message owns; address is copied. */
struct message_recipient *message_add_recipient(struct message *message, const char *address);

/* Bytes of head and body together: what SIZE= declares and the log's "[n bytes]" counts. */
size_t message_size(const struct message *message);

/* Writes its message_id into its head, where there is a place for it. */
void message_show_id(struct message *message);

/* Gives back what head and body have allocated beyond their bytes: while they grow they double. */
void message_trim(struct message *message);

/* Sets head and body, which are empty, from a content as it is stored: both together, or the first part of them. */
void message_split_content(struct message *message, const char *content, size_t length);

#endif
