/* What goes in one transaction. */
#include "services/relay/deliver/destination_private.h"

#include "services/relay/deliver/mailbox.h"
#include "services/relay/deliver/sender.h"

enum { GROUP_LOOK = 1000 /* deliveries that are looked at: those of a message come together */ };

/* Whether others may share a transaction with it: not what is composed for it, or leaves under a return path of its own. */
static bool
group_is_open(const struct destination *destination, const struct delivery *delivery)
{
	return destination->name[0] != '\0' && delivery->message != NULL &&
	    delivery->composition == NULL && delivery->message->references > 1 &&
	    sender_is_kept(delivery, destination->scheduler->worker);
}

/* One that needs SMTPUTF8 is not for every server: it must not take others down with it. */
static bool
mailbox_suits(const struct delivery *delivery, bool is_utf8)
{
	struct mailbox mailbox;
	struct error error;
	bool suits;

	if (!mailbox_parse(delivery->recipient, &mailbox, &error))
		return false;
	suits = mailbox.is_utf8 == is_utf8;
	mailbox_clear(&mailbox);
	return suits;
}

static void
group_gather(struct destination *destination, GPtrArray *group, bool is_utf8)
{
	const struct delivery *first = g_ptr_array_index(group, 0);
	unsigned limit = destination->scheduler->settings->transaction_recipients, looked = 0;
	GList *next;

	for (GList *link = destination->ready.head;
	     link != NULL && group->len < limit && looked < GROUP_LOOK; link = next, looked++) {
		struct delivery *delivery = link->data;

		next = link->next;
		if (delivery->message != first->message || !mailbox_suits(delivery, is_utf8))
			continue;
		g_queue_delete_link(&destination->ready, link);
		destination_unqueued(destination, delivery);
		g_ptr_array_add(group, delivery);
	}
}

GPtrArray *
destination_take_next(struct destination *destination)
{
	struct delivery *first = g_queue_pop_head(&destination->ready);
	GPtrArray *group = g_ptr_array_new();

	destination_unqueued(destination, first);
	g_ptr_array_add(group, first);
	if (group_is_open(destination, first)) {
		if (mailbox_suits(first, false))
			group_gather(destination, group, false);
		else if (mailbox_suits(first, true))
			group_gather(destination, group, true);
	}
	return group;
}
