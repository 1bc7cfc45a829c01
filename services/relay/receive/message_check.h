/* What a received message may hold at most, beyond its size: looked at when its last dot has come. */
#ifndef SERVICES_RELAY_RECEIVE_MESSAGE_CHECK_H
#define SERVICES_RELAY_RECEIVE_MESSAGE_CHECK_H

#include "db/message.h"

struct receive_limits;

enum message_fault {
	MESSAGE_FINE,
	MESSAGE_TOO_MANY_FIELDS, /* header fields beyond limits->fields */
	MESSAGE_LOOPS,           /* more than limits->hops Received fields (RFC 5321 6.3) */
	MESSAGE_TOO_DEEP         /* parts within parts beyond limits->mime_depth */
};

enum message_fault message_check(
    const struct message *message, const struct receive_limits *limits);

#endif
