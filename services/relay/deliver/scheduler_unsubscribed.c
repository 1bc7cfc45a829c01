/* An address unsubscribed while there are deliveries to it in memory. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#include "services/relay/deliver/destination.h"

struct unsubscribed {
	int64_t account_id;
	const char *address;
	char *folded;
};

/* Looser than the database's address_fold(), which decides: what went back for nothing is sent by the next claim. */
static bool
unsubscribed_match(const struct delivery *delivery, const void *arg)
{
	const struct unsubscribed *who = arg;
	char *folded;
	bool same;

	if (delivery->account_id != who->account_id)
		return false;
	if (g_str_is_ascii(delivery->recipient))
		return g_ascii_strcasecmp(delivery->recipient, who->address) == 0;
	folded = g_utf8_casefold(delivery->recipient, -1);
	same = strcmp(folded, who->folded) == 0;
	g_free(folded);
	return same;
}

static void
unsubscribed_give_back(struct scheduler *scheduler, struct delivery *delivery)
{
	GPtrArray *one = g_ptr_array_new();

	log_info("unsubscribed-meanwhile", "account=%lld delivery=%lld",
	    (long long)delivery->account_id, (long long)delivery->delivery_id);
	g_ptr_array_add(one, delivery);
	queue_release(scheduler->worker, one, clock_now());
	g_ptr_array_unref(one);
	scheduler_due_at(scheduler, clock_now() + SCHEDULER_UNSUBSCRIBED_SECONDS * CLOCK_SECOND);
}

static bool
transfer_is_to(const struct transfer *transfer, const struct unsubscribed *who)
{
	for (unsigned i = 0; i < transfer_count(transfer); i++)
		if (unsubscribed_match(transfer_delivery(transfer, i), who))
			return true;
	return false;
}

/* First found, then ended: the end of one may start others. */
static void
unsubscribed_end_transfers(struct scheduler *scheduler, const struct unsubscribed *who)
{
	GPtrArray *found = g_ptr_array_new();

	for (GList *link = scheduler->transfers.running.head; link != NULL; link = link->next)
		if (!transfer_is_past_dot(link->data) && transfer_is_to(link->data, who))
			g_ptr_array_add(found, link->data);
	for (guint i = 0; i < found->len; i++)
		destination_abort(g_ptr_array_index(found, i), unsubscribed_give_back);
	g_ptr_array_unref(found);
}

void
scheduler_on_unsubscribed(struct scheduler *scheduler, int64_t account_id, const char *address)
{
	const struct unsubscribed who = {account_id, address, g_utf8_casefold(address, -1)};
	GHashTableIter iterator;
	void *destination;

	g_hash_table_iter_init(&iterator, scheduler->destinations);
	while (g_hash_table_iter_next(&iterator, NULL, &destination))
		destination_withdraw(destination, unsubscribed_match, &who, unsubscribed_give_back);
	unsubscribed_end_transfers(scheduler, &who);
	destination_serve_fresh(scheduler);
	g_free(who.folded);
}
