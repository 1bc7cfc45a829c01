#include "db/message.h"

#include <assert.h>
#include <string.h>

static void
message_recipient_free(void *data)
{
	struct message_recipient *recipient = data;

	g_free(recipient->address);
	g_free(recipient->suppression);
	g_free(recipient->original_recipient);
	g_free(recipient);
}

struct message *
message_create(void)
{
	struct message *message = g_new0(struct message, 1);

	message->references = 1;
	message->head = g_string_new(NULL);
	message->body = g_string_new(NULL);
	message->recipients = g_ptr_array_new_with_free_func(message_recipient_free);
	return message;
}

struct message *
message_ref(struct message *message)
{
	assert(message->references > 0);
	message->references++;
	return message;
}

void
message_unref(struct message *message)
{
	if (message == NULL || --message->references > 0)
		return;
	if (message->budget != NULL)
		memory_budget_release(message->budget, message->budgeted);
	g_free(message->group_name);
	g_free(message->note);
	g_free(message->refusal);
	g_free(message->client);
	g_free(message->mail_from);
	g_free(message->envelope_id);
	g_free(message->subject);
	g_free(message->signature);
	g_string_free(message->head, TRUE);
	g_string_free(message->body, TRUE);
	g_ptr_array_unref(message->recipients);
	g_free(message);
}

struct message_recipient *
message_add_recipient(struct message *message, const char *address)
{
	struct message_recipient *recipient = g_new0(struct message_recipient, 1);

	recipient->address = g_strdup(address);
	g_ptr_array_add(message->recipients, recipient);
	return recipient;
}

size_t
message_size(const struct message *message)
{
	return message->head->len + message->body->len;
}

void
message_show_id(struct message *message)
{
	char digits[MESSAGE_ID_DIGITS + 1];

	if (message->id_place == 0)
		return;
	g_snprintf(
	    digits, sizeof(digits), "%0*" G_GINT64_FORMAT, MESSAGE_ID_DIGITS, message->message_id);
	memcpy(message->head->str + message->id_place, digits, MESSAGE_ID_DIGITS);
}

static void
text_trim(GString *text)
{
	gsize needed = text->len + 1;

	if (text->allocated_len - needed < needed / 8)
		return;
	text->str = g_realloc(text->str, needed);
	text->allocated_len = needed;
}

void
message_trim(struct message *message)
{
	text_trim(message->head);
	text_trim(message->body);
}

/* The head ends with its last CRLF, and the body starts with the empty line. */
void
message_split_content(struct message *message, const char *content, size_t length)
{
	const char *end = length >= 2 && memcmp(content, "\r\n", 2) == 0
	    ? content
	    : memmem(content, length, "\r\n\r\n", 4);
	size_t head = end == NULL ? length : end == content ? 0 : (size_t)(end - content) + 2;

	g_string_append_len(message->head, content, (gssize)head);
	g_string_append_len(message->body, content + head, (gssize)(length - head));
	message_trim(message);
}
