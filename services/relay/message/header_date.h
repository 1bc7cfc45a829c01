/* Dates of header fields, RFC 5322 3.3. */
#ifndef SERVICES_RELAY_MESSAGE_HEADER_DATE_H
#define SERVICES_RELAY_MESSAGE_HEADER_DATE_H

#include <stdint.h>

/* when: microseconds (base/clock.h). "Tue, 24 Nov 2026 09:45:00 +0000"; the caller's to g_free(). */
char *header_date(int64_t when);

#endif
