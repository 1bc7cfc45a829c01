/*
 * A mail address as MAIL and RCPT carry it (RFC 5321 4.1.2): safe to write between angle brackets,
 * its domain in A-labels (RFC 5890), so that only a local part beyond ASCII asks for SMTPUTF8.
 *
 * Addresses come from clients and from lists that people uploaded: what could break out of a
 * command is refused.
 */
#ifndef SERVICES_RELAY_DELIVER_MAILBOX_H
#define SERVICES_RELAY_DELIVER_MAILBOX_H

#include <stdbool.h>

#include "base/error.h"

enum {
	MAILBOX_MAX = 1000 /* bytes; RFC 5321 4.5.3.1.3 says 256, some systems write more */
};

struct mailbox {
	char *path;         /* local-part@domain; g_free */
	const char *domain; /* within path: lower case; "example.net" or "[192.0.2.1]" */
	bool is_utf8;       /* the local part is not ASCII: RFC 6531 */
};

/* address: without angle brackets. Fails, with the reason, for what is no address; mailbox then
 * holds nothing. */
bool mailbox_parse(const char *address, struct mailbox *mailbox, struct error *error);
void mailbox_clear(struct mailbox *mailbox);

#endif
