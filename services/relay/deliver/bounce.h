/*
 * Whether a refusal for good is about the address itself: it takes no mail, whoever sends whatever.
 * Such an address goes on the account's bounce list, so this errs towards "no": what a server says of
 * the sender, of the message, of its own state or of its rules (RFC 3463 X.3 to X.7), or of a full
 * mailbox (X.2.2), may be another word tomorrow.
 *
 * Only a server's word counts. That DNS knows no such domain is a failure, but a resolver can be wrong
 * about all domains at once.
 */
#ifndef SERVICES_RELAY_DELIVER_BOUNCE_H
#define SERVICES_RELAY_DELIVER_BOUNCE_H

#include <stdbool.h>

/* What the reply answered. */
enum bounce_stage {
	BOUNCE_AT_SENDER,    /* MAIL: nothing of it is about a recipient */
	BOUNCE_AT_RECIPIENT, /* RCPT */
	BOUNCE_AT_CONTENT    /* DATA or the content, of a transaction with one recipient */
};

/*
 * code: the reply's, 500 to 599; enhanced: its own enhanced code, or "".
 *
 * With an enhanced code: 5.1.1 (no such mailbox), 5.1.2 (no such system), 5.1.3 (not an address),
 * 5.1.6 (moved), 5.1.10 (null MX, RFC 7505), 5.2.1 (disabled). Without one, at RCPT: 550 (mailbox
 * unavailable), 551 (not local), 556 (the domain takes no mail, RFC 7504).
 */
bool bounce_is_definitive(enum bounce_stage stage, unsigned code, const char *enhanced);

#endif
