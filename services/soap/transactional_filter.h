/* Which transactional e-mails a report is about, as its caller says: of one group or of all, of a time. */
#ifndef SERVICES_SOAP_TRANSACTIONAL_FILTER_H
#define SERVICES_SOAP_TRANSACTIONAL_FILTER_H

#include "db/smtp_log.h"

#include "services/soap/report.h"

/* Of GroupName ("" means all), BeginDate and EndDate. False: thrown. */
bool transactional_filter_read(struct soap *soap, struct operation *operation,
    const struct report_call *call, struct smtp_log_filter *filter);

#endif
