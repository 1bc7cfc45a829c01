/*
 * The SMTP log of one attempt, as the contract has it: text, one line an event, in order, LF ends.
 *
 *   transcript_begin() -> transcript_add_...() -> transcript_end()
 *
 * It is a GString: a connection keeps its own opening lines in one, and each transcript that goes
 * over the connection begins with a copy. Octets that neither UTF-8 nor XML can hold are written as
 * \xHH. Message content is never given to these functions. Times: microseconds (base/clock.h).
 */
#ifndef SERVICES_RELAY_DELIVER_TRANSCRIPT_H
#define SERVICES_RELAY_DELIVER_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "services/relay/deliver/reply.h"
#include "services/relay/deliver/verdict.h"

/* "attempt N <ISO time> where"; where: "host [ip]:port", or the domain when no host was found. */
void transcript_begin(GString *transcript, int number, int64_t when, const char *where);

/* "> line"; line: a command without its CRLF. */
void transcript_add_sent(GString *transcript, int64_t when, const char *line);

/* "> [n bytes]": the message content. */
void transcript_add_content(GString *transcript, int64_t when, size_t bytes);

/* "< line": the line read last, or what came of one that did not end. What is too much of it is
 * left out, and a note says so. Call it for each line. */
void transcript_add_reply_line(GString *transcript, int64_t when, const struct reply *reply);

/* "= text": what happened beside the conversation. One line without its end. */
void transcript_add_note(GString *transcript, int64_t when, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text of the last note or reply line, without its time; NULL: there is none. The caller's, to
 * g_free(). */
char *transcript_last_text(const GString *transcript);

/* "result <word> <code>", the last line. */
void transcript_end(GString *transcript, const struct verdict *verdict);

#endif
