/*
 * How an attempt ends for one recipient: a status and an enhanced status code (RFC 3463), from a
 * server's reply or, where there was none, from what happened instead.
 */
#ifndef SERVICES_RELAY_DELIVER_VERDICT_H
#define SERVICES_RELAY_DELIVER_VERDICT_H

#include "db/queue.h"

enum { VERDICT_CODE_SIZE = sizeof("5.999.999") };

enum verdict_status { VERDICT_OPEN, VERDICT_DELIVERED, VERDICT_DEFERRED, VERDICT_FAILED };

/* Why a delivery was deferred, where that says when to try again. */
enum verdict_cause { VERDICT_CAUSE_OTHER, VERDICT_CAUSE_GREYLISTED, VERDICT_CAUSE_MAILBOX_FULL };

struct verdict {
	enum verdict_status status;
	enum verdict_cause cause;
	char code[VERDICT_CODE_SIZE]; /* "4.4.1"; not set while open */
	unsigned reply_code;          /* of the server's reply, 200 to 599; 0: there was none */
	enum attempt_bounce bounce;   /* of a failure */
};

/* Our own word, and no bounce. status: not VERDICT_OPEN; code: a literal. */
struct verdict verdict_make(enum verdict_status status, const char *code);

/*
 * A server's word. code: 200 to 599, where 3xx (an answer to nothing we asked) is a deferral;
 * enhanced: the reply's own enhanced code, or "" to derive one from the basic code. A failure is a
 * passing bounce: whether it is more depends on what was asked (bounce.h).
 */
struct verdict verdict_from_reply(unsigned code, const char *enhanced);

/* What a deferring reply says, by its enhanced code and the words that greylisting servers use. */
enum verdict_cause verdict_cause_from_reply(
    unsigned code, const char *enhanced, const char *text, size_t length);

/* Whether a refusal of one recipient among several says that there are too many of them. */
bool verdict_is_too_many(unsigned code, const char *enhanced, const char *text, size_t length);

/* For the record; the verdict is not open. */
enum attempt_status verdict_attempt_status(const struct verdict *verdict);

/* "delivered", "deferred" or "failed"; the verdict is not open. */
const char *verdict_word(const struct verdict *verdict);

/* "failed 5.1.1", for the record; the caller's to g_free(). */
char *verdict_result(const struct verdict *verdict);

#endif
