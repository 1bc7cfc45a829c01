#include "services/relay/receive/message_check.h"

#include "services/relay/message/header_scan.h"
#include "services/relay/message/mime_depth.h"

#include "services/relay/receive/receive.h"

enum message_fault
message_check(const struct message *message, const struct receive_limits *limits)
{
	struct header_scan scan = header_scan_start(message->head->str, message->head->len);
	struct header_field field;
	unsigned fields = 0;
	unsigned hops = 0;

	while (header_scan_next(&scan, &field)) {
		if (++fields > limits->fields)
			return MESSAGE_TOO_MANY_FIELDS;
		if (header_field_is(&field, "Received") && ++hops > limits->hops)
			return MESSAGE_LOOPS;
	}
	if (mime_depth_exceeds(message->head, message->body, limits->mime_depth))
		return MESSAGE_TOO_DEEP;
	return MESSAGE_FINE;
}
