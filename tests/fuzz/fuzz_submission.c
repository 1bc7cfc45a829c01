/* A submission of any bytes: only what is to be changed changes. Input: the EHLO name, a line feed, the message. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/message/header_scan.h"
#include "services/relay/message/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The end of the Received field, which has three lines whatever the client said. */
static const char *
received_skip(const char *head)
{
	assert(g_str_has_prefix(head, "Received: from "));
	for (int line = 0; line < 3; line++) {
		assert(line == 0 || *head == '\t');
		head = strchr(head, '\n') + 1;
	}
	return head;
}

static bool
is_removed(const struct header_field *field)
{
	return header_field_is(field, "Bcc") || header_field_is(field, "Resent-Bcc") ||
	    header_field_is(field, "X-SMTPUsername") || header_field_is(field, "X-TransGroupID");
}

/* The fields that came, one by one, are those that leave, but for what is removed and the first Subject. */
static void
check_fields(const char *before, size_t before_length, const char *after, size_t after_length)
{
	struct header_scan old = header_scan_start(before, before_length);
	struct header_scan new = header_scan_start(after, after_length);
	struct header_field field;
	struct header_field kept;
	bool subject_seen = false;

	while (header_scan_next(&old, &field)) {
		if (is_removed(&field))
			continue;
		assert(header_scan_next(&new, &kept));
		assert(kept.name_length == field.name_length);
		if (!subject_seen && header_field_is(&field, "Subject")) {
			subject_seen = true;
			continue;
		}
		assert(kept.raw_length >= field.raw_length);
		assert(memcmp(kept.raw, field.raw, field.raw_length) == 0);
	}
	while (header_scan_next(&new, &kept))
		assert(header_field_is(&kept, "Date") || header_field_is(&kept, "Message-ID"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *helo_end = memchr(data, '\n', size);
	char *helo = g_strndup(
	    (const char *)data, helo_end != NULL ? (size_t)(helo_end - (const char *)data) : 0);
	const char *text = helo_end != NULL ? helo_end + 1 : (const char *)data;
	size_t length = size - (size_t)(text - (const char *)data);
	const char *empty = memmem(text, length, "\r\n\r\n", 4);
	size_t head_length = empty != NULL ? (size_t)(empty + 2 - text) : length;
	const struct submission_trace trace = {"relay.test", helo, "192.0.2.1", "ESMTP", NULL};
	struct message *message = message_create();
	struct submission_directives directives;
	const char *fields;

	message->received_at = INT64_C(1773929111000000);
	g_string_append_len(message->head, text, (gssize)head_length);
	g_string_append_len(message->body, text + head_length, (gssize)(length - head_length));
	assert(submission_prepare(message, &trace, &directives) == (message->refusal == NULL));
	fields = received_skip(message->head->str);
	check_fields(
	    text, head_length, fields, message->head->len - (size_t)(fields - message->head->str));
	assert(message->head->str[message->head->len - 1] == '\n');
	assert(message->body->len == length - head_length);
	assert(memcmp(message->body->str, text + head_length, message->body->len) == 0);
	assert(directives.smtp_username == NULL || *directives.smtp_username != '\0');
	submission_directives_clear(&directives);
	message_unref(message);
	g_free(helo);
	return 0;
}
