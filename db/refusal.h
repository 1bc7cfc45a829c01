/*
 * The report of a message that was refused, or taken and dropped: what its row of the log says (db/smtp_log.h), in the
 * words of the contract. Strings are the caller's to g_free(), unless const.
 */
#ifndef DB_REFUSAL_H
#define DB_REFUSAL_H

#include "db/message.h"

struct refusal {
	enum message_disposition disposition; /* not MESSAGE_DELIVER */
	const char *reason;                   /* one line */
	const char *node;                     /* who refused */
	int64_t received_at, refused_at;      /* microseconds, base/clock.h */
};

/* "rejected" or "discarded": attempt_status of the schema. */
const char *refusal_status(enum message_disposition disposition);

/* The enhanced code of RFC 3463: "5.6.0". */
const char *refusal_code(enum message_disposition disposition);

/* "rejected 5.6.0" */
char *refusal_result(enum message_disposition disposition);

/* One attempt, without a conversation. */
char *refusal_transcript(const struct refusal *refusal);

#endif
