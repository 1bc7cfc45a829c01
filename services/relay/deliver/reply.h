/*
 * Reads SMTP replies (RFC 5321 4.2) from bytes as they come, in bounded memory, whatever the server
 * sends.
 *
 *   reply_start() -> reply_read() until REPLY_COMPLETE (or an end that is none) -> reply_start() for the next
 *
 * Each line is reported as it ends, so that the transcript can keep it with its time. A line ends
 * with LF, a CR before it does not count.
 */
#ifndef SERVICES_RELAY_DELIVER_REPLY_H
#define SERVICES_RELAY_DELIVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "services/relay/deliver/verdict.h"

enum {
	REPLY_LINE_KEPT = 2000,     /* bytes kept of a line; the rest is read and dropped */
	REPLY_LINES_KEPT = 100,     /* lines of a reply that are worth keeping */
	REPLY_LINE_MAX = 64 * 1024, /* bytes of a line; past it the reply is endless */
	REPLY_LINES_MAX = 1000      /* lines of a reply, likewise */
};

enum reply_progress {
	REPLY_NEEDS_MORE, /* all bytes are used, the line has not ended */
	REPLY_LINE,       /* a line ended, others of the same reply follow */
	REPLY_COMPLETE,   /* the last line ended: code and enhanced are the reply's */
	REPLY_MALFORMED,  /* a line ended that is none of a reply */
	REPLY_ENDLESS     /* past REPLY_LINE_MAX or REPLY_LINES_MAX */
};

struct reply {
	unsigned code; /* of the line read last: 200 to 599 */
	char enhanced
	    [VERDICT_CODE_SIZE];    /* the first of the reply that fits its code; "" when none */
	unsigned lines;             /* ended so far */
	char line[REPLY_LINE_KEPT]; /* the line read last, or what has come of the next; no NUL */
	size_t line_length;         /* bytes in line[] */
	size_t line_bytes;          /* bytes that came for it, line_length or more */
	bool line_ended;
};

void reply_start(struct reply *reply);

/* Reads from *data on, to the end of one line at most; moves *data to the first byte not used. */
enum reply_progress reply_read(struct reply *reply, const char **data, const char *end);

/* The text of the line read last: what follows the code and its separator. */
const char *reply_text(const struct reply *reply, size_t *length);

#endif
