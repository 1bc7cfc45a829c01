#include "server/restored_print.h"

#include <inttypes.h>

#include "base/clock.h"

#include "server/command.h"
#include "server/command_json.h"

static const struct ledger_recipient *
recipient_at(const struct restored_message *message, guint index)
{
	return &g_array_index(message->entry.recipients, struct ledger_recipient, index);
}

static const char *
account_name(const char *name)
{
	return name != NULL ? name : "(no longer there)";
}

/* A line for each delivery, as of everything else that is about deliveries. Returns how many of them had ended. */
static unsigned
print_message(const struct restored_message *message)
{
	const struct ledger_entry *entry = &message->entry;
	char time[CLOCK_ISO_SIZE];
	unsigned ended = 0;

	clock_iso(entry->at, time);
	for (guint i = 0; i < entry->recipients->len; i++) {
		const struct ledger_recipient *recipient = recipient_at(message, i);
		const char *result = message->results[i];

		ended += result != NULL ? 1 : 0;
		command_print_line("lost message=%" PRId64 " delivery=%" PRId64
				   " accepted=%s account=\"%s\" group=\"%s\" sender=\"%s\" "
				   "recipient=\"%s\" ended=\"%s\"",
		    entry->id, recipient->delivery_id, time, account_name(message->account),
		    entry->group, entry->sender, recipient->address,
		    result != NULL ? result : "no");
	}
	return ended;
}

static void
print_campaign(const struct restored_message *campaign)
{
	char time[CLOCK_ISO_SIZE];

	command_print_line("lost campaign=%" PRId64
			   " accepted=%s account=\"%s\" recipients=%" PRId64,
	    campaign->entry.id, clock_iso(campaign->entry.at, time),
	    account_name(campaign->account), campaign->entry.recipient_count);
}

static void
print_delivery(const struct restored_delivery *delivery)
{
	char time[CLOCK_ISO_SIZE];

	command_print_line("twice delivery=%" PRId64
			   " ended=%s account=\"%s\" recipient=\"%s\" result=\"%s\" state=%s",
	    delivery->delivery_id, clock_iso(delivery->ended_at, time),
	    account_name(delivery->account), delivery->recipient, delivery->result,
	    delivery->is_held ? "held" : "waiting");
}

static void
print_sum(const struct restored *restored, int64_t deliveries, unsigned ended, int64_t settled)
{
	command_print_line("%u messages lost (%" PRId64 " deliveries, of which %u had ended), %u "
			   "campaigns lost, %u deliveries would be made twice; %" PRIu64
			   " in the ledger were compared",
	    restored->messages->len, deliveries, ended, restored->campaigns->len,
	    restored->deliveries->len, restored->accepted);
	if (settled >= 0)
		command_print_line("%" PRId64 " deliveries settled", settled);
}

static void
print_nodes(const GPtrArray *nodes)
{
	for (guint i = 0; i < nodes->len; i++)
		command_print_line(
		    "node=\"%s\" delivered for this database, too: run bracemail restored "
		    "settle there before any node serves",
		    (const char *)nodes->pdata[i]);
}

void
restored_print(const struct restored *restored, int64_t settled, const GPtrArray *nodes)
{
	int64_t deliveries = 0;
	unsigned ended = 0;

	for (guint i = 0; i < restored->messages->len; i++) {
		const struct restored_message *message = restored->messages->pdata[i];

		deliveries += message->entry.recipient_count;
		ended += print_message(message);
	}
	for (guint i = 0; i < restored->campaigns->len; i++)
		print_campaign(restored->campaigns->pdata[i]);
	for (guint i = 0; i < restored->deliveries->len; i++)
		print_delivery(restored->deliveries->pdata[i]);
	print_sum(restored, deliveries, ended, settled);
	print_nodes(nodes);
	if (restored->unreadable > 0)
		command_error(
		    "%" PRIu64 " lines of the ledger cannot be read", restored->unreadable);
}

static JsonObject *
json_accepted(const struct restored_message *message, const char *id)
{
	JsonObject *object = json_object_new();

	command_json_add_id(object, id, message->entry.id);
	command_json_add_time(object, "accepted_at", message->entry.at);
	command_json_add_text(object, "account", message->account);
	return object;
}

static JsonObject *
json_message(const void *data)
{
	const struct restored_message *message = data;
	JsonObject *object = json_accepted(message, "message");
	JsonArray *recipients = json_array_new();

	command_json_add_text(object, "group", message->entry.group);
	command_json_add_text(object, "sender", message->entry.sender);
	for (guint i = 0; i < message->entry.recipients->len; i++) {
		JsonObject *each = json_object_new();

		command_json_add_id(each, "delivery", recipient_at(message, i)->delivery_id);
		command_json_add_text(each, "recipient", recipient_at(message, i)->address);
		command_json_add_text(each, "result", message->results[i]);
		json_array_add_object_element(recipients, each);
	}
	json_object_set_array_member(object, "recipients", recipients);
	return object;
}

static JsonObject *
json_campaign(const void *data)
{
	const struct restored_message *campaign = data;
	JsonObject *object = json_accepted(campaign, "campaign");

	json_object_set_int_member(object, "recipients", campaign->entry.recipient_count);
	return object;
}

static JsonObject *
json_delivery(const void *data)
{
	const struct restored_delivery *delivery = data;
	JsonObject *object = json_object_new();

	command_json_add_id(object, "delivery", delivery->delivery_id);
	command_json_add_time(object, "ended_at", delivery->ended_at);
	command_json_add_text(object, "account", delivery->account);
	command_json_add_text(object, "recipient", delivery->recipient);
	command_json_add_text(object, "result", delivery->result);
	command_json_add_text(object, "state", delivery->is_held ? "held" : "waiting");
	return object;
}

static void
json_add_all(JsonObject *document, const char *name, const GPtrArray *all,
    JsonObject *(*object)(const void *data))
{
	JsonArray *array = json_array_new();

	for (guint i = 0; i < all->len; i++)
		json_array_add_object_element(array, object(all->pdata[i]));
	json_object_set_array_member(document, name, array);
}

void
restored_print_json(const struct restored *restored, int64_t settled, const GPtrArray *nodes)
{
	JsonObject *document = json_object_new();
	JsonArray *names = json_array_new();

	json_add_all(document, "messages", restored->messages, json_message);
	json_add_all(document, "campaigns", restored->campaigns, json_campaign);
	json_add_all(document, "twice", restored->deliveries, json_delivery);
	json_object_set_int_member(document, "compared", (gint64)restored->accepted);
	json_object_set_int_member(document, "unreadable", (gint64)restored->unreadable);
	for (guint i = 0; i < nodes->len; i++)
		json_array_add_string_element(names, nodes->pdata[i]);
	json_object_set_array_member(document, "nodes", names);
	if (settled >= 0)
		json_object_set_int_member(document, "settled", settled);
	command_json_print_document(document);
}
