#include "services/relay/message/dsn_returned.h"

#include <string.h>

#include "base/text.h"

#include "services/relay/message/header_scan.h"
#include "services/relay/message/mime_text.h"

/* GMime writes text: a NUL would end it. */
static bool
fits(const struct message *message, size_t max)
{
	return message_size(message) <= max &&
	    memchr(message->head->str, '\0', message->head->len) == NULL &&
	    memchr(message->body->str, '\0', message->body->len) == NULL;
}

/* Bytes of whole fields. */
static size_t
fields_length(const GString *head, size_t max)
{
	struct header_scan scan = header_scan_start(head->str, head->len);
	struct header_field field;
	size_t length = 0;

	while (header_scan_next(&scan, &field) && length + field.raw_length <= max &&
	    memchr(field.raw, '\0', field.raw_length) == NULL)
		length += field.raw_length;
	return length;
}

static GMimePart *
part_create(bool is_plain, const char *type, const char *subtype, const char *global)
{
	return is_plain ? g_mime_part_new_with_type(type, subtype)
			: g_mime_part_new_with_type("message", global);
}

GMimeObject *
dsn_returned_part(const struct message *message, bool is_full, size_t max)
{
	const GString *head = message->head;
	bool is_plain = text_is_ascii(head->str, head->len);
	GString *bytes = g_string_new(NULL);
	bool is_7bit;
	GMimePart *part;

	if (is_full && fits(message, max)) {
		part = part_create(is_plain, "message", "rfc822", "global");
		g_string_append_len(bytes, head->str, (gssize)head->len);
		g_string_append_len(bytes, message->body->str, (gssize)message->body->len);
	} else {
		part = part_create(is_plain, "text", "rfc822-headers", "global-headers");
		g_string_append_len(bytes, head->str, (gssize)fields_length(head, max));
	}
	is_7bit = text_is_ascii(bytes->str, bytes->len);
	mime_part_set_bytes(part, bytes->str, bytes->len,
	    is_7bit ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_8BIT);
	g_string_free(bytes, TRUE);
	return GMIME_OBJECT(part);
}
