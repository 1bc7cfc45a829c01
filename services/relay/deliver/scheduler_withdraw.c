/* Deliveries in memory that are not to be sent any more: their address unsubscribed, or their campaign was deleted. */
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

/* The queue knows better: what it still has is claimed anew. */
static void
withdrawn_give_back(struct scheduler *scheduler, struct delivery *delivery)
{
	scheduler_give_back(scheduler, delivery);
	scheduler_due_at(scheduler, clock_now() + SCHEDULER_WITHDRAWN_SECONDS * CLOCK_SECOND);
}

static void
unsubscribed_give_back(struct scheduler *scheduler, struct delivery *delivery)
{
	log_info("unsubscribed-meanwhile", "account=%lld delivery=%lld",
	    (long long)delivery->account_id, (long long)delivery->delivery_id);
	withdrawn_give_back(scheduler, delivery);
}

static bool
transfer_has(const struct transfer *transfer, destination_match *match, const void *which)
{
	for (unsigned i = 0; i < transfer_count(transfer); i++)
		if (match(transfer_delivery(transfer, i), which))
			return true;
	return false;
}

/* First found, then ended: the end of one may start others. */
static void
transfers_withdraw(struct scheduler *scheduler, destination_match *match, const void *which,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	GPtrArray *found = g_ptr_array_new();

	for (GList *link = scheduler->transfers.running.head; link != NULL; link = link->next)
		if (!transfer_is_past_dot(link->data) && transfer_has(link->data, match, which))
			g_ptr_array_add(found, link->data);
	for (guint i = 0; i < found->len; i++)
		destination_abort(g_ptr_array_index(found, i), take);
	g_ptr_array_unref(found);
}

static void
withdraw(struct scheduler *scheduler, destination_match *match, const void *which,
    void (*take)(struct scheduler *scheduler, struct delivery *delivery))
{
	GHashTableIter iterator;
	void *destination;

	g_hash_table_iter_init(&iterator, scheduler->destinations);
	while (g_hash_table_iter_next(&iterator, NULL, &destination))
		destination_withdraw(destination, match, which, take);
	transfers_withdraw(scheduler, match, which, take);
	destination_serve_fresh(scheduler);
}

void
scheduler_on_unsubscribed(struct scheduler *scheduler, int64_t account_id, const char *address)
{
	const struct unsubscribed who = {account_id, address, g_utf8_casefold(address, -1)};

	withdraw(scheduler, unsubscribed_match, &who, unsubscribed_give_back);
	g_free(who.folded);
}

struct deleted_campaign {
	int64_t account_id;
	int32_t campaign_id;
};

static bool
deleted_campaign_match(const struct delivery *delivery, const void *arg)
{
	const struct deleted_campaign *deleted = arg;

	return delivery->account_id == deleted->account_id && delivery->composition != NULL &&
	    delivery->composition->campaign_id == deleted->campaign_id;
}

void
scheduler_on_campaign_deleted(struct scheduler *scheduler, int64_t account_id, int32_t campaign_id)
{
	const struct deleted_campaign deleted = {account_id, campaign_id};

	log_info(
	    "campaign-deleted", "account=%lld campaign=%d", (long long)account_id, campaign_id);
	withdraw(scheduler, deleted_campaign_match, &deleted, withdrawn_give_back);
}
