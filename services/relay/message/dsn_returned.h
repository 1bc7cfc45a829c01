/* The last part of a report: the message that it is about, or its header (RFC 3462 section 2). */
#ifndef SERVICES_RELAY_MESSAGE_DSN_RETURNED_H
#define SERVICES_RELAY_MESSAGE_DSN_RETURNED_H

#include <stdbool.h>

#include <gmime/gmime.h>

#include "db/message.h"

/*
 * message/rfc822 where it is_full and has no more than max bytes, else text/rfc822-headers with as many fields as max
 * allows; where the fields are not ASCII message/global and message/global-headers (RFC 6533). g_object_unref().
 */
GMimeObject *dsn_returned_part(const struct message *message, bool is_full, size_t max);

#endif
