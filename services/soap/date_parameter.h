/*
 * Dates that callers give: ISO 8601 (2010-03-19, 2010-03-19T14:05:00.5Z, 2010-03-19 14:05 +02:00, also 2010/03/19), the
 * American form (3/19/2010, 3/19/2010 2:05 PM), and those with a month's name (Mar 19 2010 2:05PM, Friday, March 19, 2010,
 * Fri, 19 Mar 2010 14:05:00 GMT). UTC unless they say otherwise.
 */
#ifndef SERVICES_SOAP_DATE_PARAMETER_H
#define SERVICES_SOAP_DATE_PARAMETER_H

#include <stdbool.h>
#include <stdint.h>

/* when: microseconds since 1970 UTC. is_day: the text has no time, when is its midnight. False: it is no date. */
bool date_parameter_parse(const char *text, int64_t *when, bool *is_day);

/* Where a time ends that is given up to that: the end of the day, or behind that moment. Microseconds, exclusive; 0 at least. */
int64_t date_parameter_end(int64_t when, bool is_day);

#endif
