/*
 * From what a client sent after DATA to what the relay stores and delivers: the header scan, the
 * Subject rule, the fix-ups of a submission (RFC 6409 section 8).
 *
 * Changed: the Subject (its group cut), Bcc, Resent-Bcc, X-SMTPUsername and X-TransGroupID (removed), Received (added on
 * top, with a place for the message's id), Date and Message-ID (added at the end when missing). Every other byte stays as it came.
 *
 * Of several Subject fields (RFC 5322 3.6 allows one) the first counts, and the others stay. Of several
 * directives the first that says something counts, and all go. A body is neither text nor anything else when
 * there is only white space after the empty line; what stands in the parts of a multipart is not looked at. A message
 * that starts with a continuation line is refused: it would go on with the Received field that is put before it.
 */
#ifndef SERVICES_RELAY_MESSAGE_SUBMISSION_H
#define SERVICES_RELAY_MESSAGE_SUBMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"

/* For the Received field, RFC 5321 4.4 and RFC 3848. */
struct submission_trace {
	const char *hostname; /* this relay */
	const char *helo;     /* what the client said in EHLO or HELO */
	const char *client;   /* textual IP */
	const char *protocol; /* "ESMTP", "ESMTPSA", "UTF8SMTPS", ... */
	const char *tls;      /* "TLSv1.3 TLS_AES_256_GCM_SHA384", or NULL */
};

/* Values of the header fields that steer the relay. */
struct submission_directives {
	char *smtp_username; /* X-SMTPUsername, trimmed; NULL: none. g_free */
	char *group_id_text; /* X-TransGroupID as given, for notes; NULL: none. g_free */
	int64_t group_id;    /* X-TransGroupID as a number; 0: none or not a positive number */
};

/*
 * Takes a message whose head and body are as received (head: header fields with CRLF ends; body: from the
 * empty line on, or empty when the client sent none) and makes them as they leave; sets subject,
 * group_name and note. Returns false for a message that is malformed by the contract (no Subject, neither
 * text nor any body): refusal then holds the reason, disposition is left to the caller, and the subject is as far as
 * it was read, "" when there is none. received_at is set by the caller, before. directives is filled in both
 * cases. The body is neither copied nor changed.
 */
bool submission_prepare(struct message *message, const struct submission_trace *trace,
    struct submission_directives *directives);

void submission_directives_clear(struct submission_directives *directives);

#endif
