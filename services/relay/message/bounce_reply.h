/* Words of servers as reports quote them: reply codes, enhanced status codes and addresses within any text. */
#ifndef SERVICES_RELAY_MESSAGE_BOUNCE_REPLY_H
#define SERVICES_RELAY_MESSAGE_BOUNCE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "services/relay/message/bounce_report.h"

/* The first reply code of a failure (RFC 5321 4.2.1), 400 to 599, that stands alone in text; 0: there is none. */
int bounce_reply_code(const char *text);

/* The first enhanced status code of a failure (RFC 3463) in text, into status. False, and "": there is none. */
bool bounce_reply_status(const char *text, char status[BOUNCE_STATUS_SIZE]);

/* The first mail address in text, with or without angle brackets; NULL: there is none. g_free(). */
char *bounce_reply_address(const char *text);

/* What a failure is by its codes: an enhanced code says more than a basic one. `otherwise` where there are none. */
enum bounce_kind bounce_reply_kind(int smtp_code, const char *status, enum bounce_kind otherwise);

/* Text of any bytes as one line of UTF-8, blanks folded, cut to BOUNCE_TEXT_MAX bytes. g_free(). */
char *bounce_reply_line(const char *text);

#endif
