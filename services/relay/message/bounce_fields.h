/* The parts of reports that are header fields again: message/delivery-status (RFC 3464), message/feedback-report (RFC 5965). */
#ifndef SERVICES_RELAY_MESSAGE_BOUNCE_FIELDS_H
#define SERVICES_RELAY_MESSAGE_BOUNCE_FIELDS_H

#include <stddef.h>

#include "services/relay/message/bounce_report.h"

/* Each fills report from a part's content, of any bytes. Of several recipients the worst counts, the first of those: a return
 * path has one. */
void bounce_fields_read_status(const char *content, size_t length, struct bounce_report *report);
void bounce_fields_read_feedback(const char *content, size_t length, struct bounce_report *report);

#endif
