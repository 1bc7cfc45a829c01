/* Which header fields a signature covers: those that RFC 6376 5.4.1 names, and those that say what the body is. */
#ifndef SERVICES_RELAY_DKIM_FIELDS_H
#define SERVICES_RELAY_DKIM_FIELDS_H

#include <stdbool.h>

#include "services/relay/message/header_scan.h"

bool dkim_field_is_signed(const struct header_field *field);

/* Named once more than they are there (RFC 6376 8.15), so that none can be added. NULL ends the list. */
extern const char *const dkim_oversigned_fields[];

#endif
