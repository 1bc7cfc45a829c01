#include "db/restored.h"

#include "db/restored_private.h"
#include "db/worker.h"

/* What is listed, as it is found. */
struct listing {
	struct restored *restored;
	char *alive;           /* workers, as db_workers_alive() has them */
	GHashTable *lost;      /* delivery ids of messages that are lost: place of its result */
	GHashTable *delivered; /* of deliveries that wait: struct restored_delivery */
};

static void
message_free(void *data)
{
	struct restored_message *message = data;

	for (int64_t i = 0; message->results != NULL && i < message->entry.recipient_count; i++)
		g_free(message->results[i]);
	g_free(message->results);
	g_free(message->account);
	ledger_entry_clear(&message->entry);
	g_free(message);
}

static void
delivery_free_restored(void *data)
{
	struct restored_delivery *delivery = data;

	g_free(delivery->account);
	g_free(delivery->recipient);
	g_free(delivery->result);
	g_free(delivery);
}

static void
list_lost(struct comparing *comparing, struct ledger_entry *entry, char *account)
{
	struct listing *listing = comparing->arg;
	struct restored_message *message = g_new0(struct restored_message, 1);

	message->entry = *entry;
	message->account = account;
	*entry = (struct ledger_entry){0}; /* it is the message's now */
	if (message->entry.kind == LEDGER_CAMPAIGN) {
		g_ptr_array_add(listing->restored->campaigns, message);
		return;
	}
	message->results = g_new0(char *, message->entry.recipients->len);
	for (guint i = 0; i < message->entry.recipients->len; i++)
		g_hash_table_replace(listing->lost,
		    &g_array_index(message->entry.recipients, struct ledger_recipient, i)
			 .delivery_id,
		    &message->results[i]);
	g_ptr_array_add(listing->restored->messages, message);
}

/* What was deleted is not missed. */
static void
list_campaign_deleted(struct comparing *comparing, const struct ledger_entry *entry)
{
	struct listing *listing = comparing->arg;
	GPtrArray *campaigns = listing->restored->campaigns;

	for (guint i = 0; i < campaigns->len; i++) {
		const struct restored_message *campaign = campaigns->pdata[i];

		if (campaign->entry.id == entry->id &&
		    campaign->entry.account_id == entry->account_id) {
			g_ptr_array_remove_index(campaigns, i);
			return;
		}
	}
}

static bool
list_ended_of_lost(struct comparing *comparing, struct ledger_entry *entry)
{
	struct listing *listing = comparing->arg;
	char **result = g_hash_table_lookup(listing->lost, &entry->id);

	if (result == NULL)
		return false;
	g_free(*result);
	*result = g_steal_pointer(&entry->result);
	return true;
}

static char *
text_at(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : g_strdup(PQgetvalue(result, row, column));
}

/* Of a delivery that ended several times by the ledger the last counts. */
static void
list_delivery(struct listing *listing, struct ledger_entry *entry, const PGresult *result, int row)
{
	struct restored_delivery *delivery = g_hash_table_lookup(listing->delivered, &entry->id);

	if (delivery == NULL) {
		delivery = g_new0(struct restored_delivery, 1);
		delivery->account_id = entry->account_id;
		delivery->delivery_id = entry->id;
		delivery->account = text_at(result, row, 1);
		delivery->recipient = text_at(result, row, 2);
		delivery->is_held = PQgetvalue(result, row, 3)[0] == 't';
		g_hash_table_insert(listing->delivered, &delivery->delivery_id, delivery);
		g_ptr_array_add(listing->restored->deliveries, delivery);
	}
	g_free(delivery->result);
	delivery->result = g_steal_pointer(&entry->result);
	delivery->ended_at = entry->at;
}

/* What a worker that lives has is being recorded. */
static void
list_ended(struct comparing *comparing)
{
	static const char sql[] =
	    "SELECT u.number, a.name, q.recipient, NOT isfinite(q.next_attempt_at) "
	    "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, delivery_id, number) "
	    "JOIN queue AS q ON q.account_id = u.account_id AND q.delivery_id = u.delivery_id "
	    " AND (q.claim IS NULL OR q.claim <> ALL ($3::bigint[])) "
	    "LEFT JOIN account AS a ON a.account_id = q.account_id ORDER BY u.number";
	struct listing *listing = comparing->arg;
	PGresult *result;

	if (!comparing_query(comparing, sql, listing->alive, &result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		list_delivery(listing, comparing_asked_at(comparing, result, row), result, row);
	PQclear(result);
}

static const struct comparing_calls list_calls = {.lost = list_lost,
    .campaign_deleted = list_campaign_deleted,
    .ended = list_ended,
    .ended_elsewhere = list_ended_of_lost};

bool
restored_compare(struct db_connection *connection, const struct restored_ledger *ledger,
    struct restored *restored, struct error *error)
{
	struct listing listing = {.restored = restored,
	    .lost = g_hash_table_new(g_int64_hash, g_int64_equal),
	    .delivered = g_hash_table_new(g_int64_hash, g_int64_equal)};
	struct comparing comparing;
	bool done;

	comparing_init(&comparing, connection, ledger, error);
	comparing.calls = &list_calls;
	comparing.arg = &listing;
	*restored = (struct restored){.messages = g_ptr_array_new_with_free_func(message_free),
	    .campaigns = g_ptr_array_new_with_free_func(message_free),
	    .deliveries = g_ptr_array_new_with_free_func(delivery_free_restored)};
	done = db_workers_alive(connection, &listing.alive, error) == DB_STATUS_OK &&
	    comparing_read(&comparing);
	restored->accepted = comparing.accepted;
	restored->unreadable = comparing.unreadable;
	restored->highest_id = comparing.highest_id;
	comparing_clear(&comparing);
	g_free(listing.alive);
	g_hash_table_unref(listing.lost);
	g_hash_table_unref(listing.delivered);
	if (!done)
		restored_clear(restored);
	return done;
}

void
restored_clear(struct restored *restored)
{
	g_ptr_array_unref(restored->messages);
	g_ptr_array_unref(restored->campaigns);
	g_ptr_array_unref(restored->deliveries);
}
