/*
 * Bounces that are written for people: what mail servers without RFC 3464 say, as a table of their words.
 *
 * A text is a bounce when it holds the words by which one of these servers begins its report. Who failed and why is read
 * after them, up to where the copy of the message begins.
 */
#ifndef SERVICES_RELAY_MESSAGE_BOUNCE_TEXT_H
#define SERVICES_RELAY_MESSAGE_BOUNCE_TEXT_H

#include "services/relay/message/bounce_report.h"

/* text: without NUL, any bytes. Fills report, of which only `recipient` may be set before. BOUNCE_NONE: no server's words. */
void bounce_text_read(const char *text, struct bounce_report *report);

/* The kind and a status code from a server's reason, "user unknown", "mailbox full"; nothing where report's smtp_code says
 * otherwise. */
void bounce_text_read_reason(const char *text, struct bounce_report *report);

#endif
