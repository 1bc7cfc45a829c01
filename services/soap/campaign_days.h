/*
 * The days that campaigns were made on, of which there is one for as long as a campaign exists: remembered, so that a report
 * reads the table of that day. Thread-safe.
 */
#ifndef SERVICES_SOAP_CAMPAIGN_DAYS_H
#define SERVICES_SOAP_CAMPAIGN_DAYS_H

#include <stdint.h>

enum {
	CAMPAIGN_DAYS_MAX = 10000
}; /* campaigns that are remembered; one more, and all are forgotten */

struct campaign_days;

struct campaign_days *campaign_days_create(void);
void campaign_days_destroy(struct campaign_days *days);

/* day: since 1970-01-01 UTC. */
void campaign_days_put(
    struct campaign_days *days, int64_t account_id, int32_t campaign_id, int64_t day);

/* The statement that reads the log of that day: smtp_log_campaign_statement(). NULL: it is not remembered. */
const char *campaign_days_find(struct campaign_days *days, int64_t account_id, int32_t campaign_id);

#endif
