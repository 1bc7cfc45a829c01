/*
 * What the sender of a message is told of an attempt (RFC 3461 section 6; the report itself: message/dsn.h).
 *
 *   failed    NOTIFY=FAILURE; with DELIVER_REPORTS_ALWAYS also where NOTIFY was not said
 *   delayed   NOTIFY=DELAY, once, with the first deferral after delay_report_seconds
 *   relayed   NOTIFY=SUCCESS, by a next hop that was not asked to report the success itself: because it does not offer
 *             DSN, or because its reports would go to our return path (dsn_parameters.h)
 *
 * Nobody is told where the sender is the null one, a return path of ours, or the API.
 */
#ifndef SERVICES_RELAY_DELIVER_REPORT_H
#define SERVICES_RELAY_DELIVER_REPORT_H

#include "db/queue.h"

#include "services/relay/deliver/scheduler.h"
#include "services/relay/message/bounce_report.h"

/* attempt: complete. To be recorded with it; the caller's reference. NULL: nobody is to be told. */
struct message *report_create(const struct deliver_settings *settings,
    const struct delivery *delivery, const struct attempt *attempt);

/* Adds what an account wants told of a failure beside that: to its manager, to the address in From, whoever of them is no addressee of
 * the reports yet. Nobody is told where the sender is the null one, or of a campaign. */
void report_add_notices(const struct deliver_settings *settings, const struct db_worker *worker,
    const struct delivery *delivery, const struct attempt *attempt, GPtrArray *reports);

/* What report_create() makes, of a bounce that came back, after the server had taken the message: told as a failure is. delivery:
 * with its message, or as much of it as settings->report_bytes allows. */
struct message *report_create_late(const struct deliver_settings *settings,
    const struct delivery *delivery, const struct bounce_report *bounce);

#endif
