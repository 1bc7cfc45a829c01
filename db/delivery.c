/* Deliveries and attempts as values; what the database does with them: queue_claim.c, queue_record.c. */
#include "db/queue.h"

#include <assert.h>
#include <string.h>

struct delivery *
delivery_create(struct message *message, unsigned index)
{
	const struct message_recipient *recipient;
	struct delivery *delivery = g_new0(struct delivery, 1);

	assert(index < message->recipients->len);
	recipient = message->recipients->pdata[index];
	delivery->account_id = message->account_id;
	delivery->delivery_id = recipient->delivery_id;
	delivery->message = message_ref(message);
	delivery->recipient = g_strdup(recipient->address);
	delivery->suppression = g_memdup2(recipient->suppression, sizeof(*recipient->suppression));
	delivery->notify = recipient->notify;
	delivery->original_recipient = g_strdup(recipient->original_recipient);
	delivery->queued_at = message->received_at;
	delivery->share = message_size(message) / message->recipients->len;
	return delivery;
}

void
delivery_free(struct delivery *delivery)
{
	if (delivery == NULL)
		return;
	message_unref(delivery->message);
	composition_unref(delivery->composition);
	g_free(delivery->recipient);
	g_free(delivery->suppression);
	g_free(delivery->merge_fields);
	g_free(delivery->original_recipient);
	g_free(delivery);
}

struct attempt *
attempt_create(int number)
{
	struct attempt *attempt = g_new0(struct attempt, 1);

	attempt->number = number;
	attempt->reports = g_ptr_array_new_with_free_func((GDestroyNotify)message_unref);
	attempt->transcript = g_string_new(NULL);
	return attempt;
}

const char *
attempt_code(const struct attempt *attempt)
{
	const char *space = strchr(attempt->result, ' ');

	assert(space != NULL);
	return space + 1;
}

void
attempt_free(struct attempt *attempt)
{
	if (attempt == NULL)
		return;
	g_free(attempt->unsent);
	g_free(attempt->result);
	g_ptr_array_unref(attempt->reports);
	g_string_free(attempt->transcript, TRUE);
	g_free(attempt);
}
