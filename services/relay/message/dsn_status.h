/* The part of a report that programs read: message/delivery-status, RFC 3464 section 2. ASCII alone. */
#ifndef SERVICES_RELAY_MESSAGE_DSN_STATUS_H
#define SERVICES_RELAY_MESSAGE_DSN_STATUS_H

#include <gmime/gmime.h>

#include "services/relay/message/dsn.h"

/* g_object_unref(). */
GMimeObject *dsn_status_part(const struct dsn *dsn);

/* "failed". */
const char *dsn_action_name(enum dsn_action action);

#endif
