#include "db/queue_claimed.h"

#include <string.h>

#include "db/queue.h"
#include "db/row.h"

/* A message of this result, by its id: unique over all accounts. */
struct claimed_message {
	struct message *message;
	struct composition *composition; /* or NULL */
	unsigned deliveries;
};

static void
claimed_message_free(void *data)
{
	struct claimed_message *claimed = data;

	message_unref(claimed->message);
	composition_unref(claimed->composition);
	g_free(claimed);
}

GHashTable *
campaign_cache_create(void)
{
	return g_hash_table_new_full(
	    g_int_hash, g_int_equal, NULL, (GDestroyNotify)composition_unref);
}

static gboolean
campaign_is_unused(void *key, void *value, void *arg)
{
	const struct composition *composition = value;

	(void)key;
	(void)arg;
	return composition->references == 1;
}

void
campaign_cache_sweep(GHashTable *cache)
{
	g_hash_table_foreach_remove(cache, campaign_is_unused, NULL);
}

static struct composition *
claimed_composition(const PGresult *result, int row)
{
	struct composition *composition = composition_create();

	composition->account_id = row_number(result, row, CLAIM_ACCOUNT_ID);
	composition->campaign_id = (int32_t)row_number(result, row, CLAIM_CAMPAIGN_ID);
	composition->created_at = row_time(result, row, CLAIM_CREATED_AT);
	composition->from_email = g_strdup(row_text(result, row, CLAIM_FROM_EMAIL));
	composition->from_name = g_strdup(row_text(result, row, CLAIM_FROM_NAME));
	composition->subject = g_strdup(row_text(result, row, CLAIM_COMPOSED_SUBJECT));
	composition->message_plain = g_strdup(row_text(result, row, CLAIM_PLAIN));
	composition->message_html = g_strdup(row_text(result, row, CLAIM_HTML));
	composition->options = g_strdup(row_text(result, row, CLAIM_OPTIONS));
	if (!PQgetisnull(result, row, CLAIM_RAW_MESSAGE))
		composition->raw_message = g_strdup(row_text(result, row, CLAIM_RAW_MESSAGE));
	return composition;
}

static struct message *
claimed_message(const PGresult *result, int row)
{
	struct message *message = message_create();

	message->account_id = row_number(result, row, CLAIM_ACCOUNT_ID);
	message->message_id = row_number(result, row, CLAIM_MESSAGE_ID);
	message->received_at = row_time(result, row, CLAIM_RECEIVED_AT);
	message->group_id = (int32_t)row_number(result, row, CLAIM_GROUP_ID);
	message->smtputf8 = row_number(result, row, CLAIM_SMTPUTF8) != 0;
	message->client = g_strdup(row_text(result, row, CLAIM_CLIENT));
	message->mail_from = g_strdup(row_text(result, row, CLAIM_MAIL_FROM));
	message->subject = g_strdup(row_text(result, row, CLAIM_SUBJECT));
	message->note = g_strdup(row_text(result, row, CLAIM_NOTE));
	message->dsn_return = (enum dsn_return)row_number(result, row, CLAIM_DSN_RETURN);
	message->envelope_id = g_strdup(row_text(result, row, CLAIM_ENVELOPE_ID));
	message->tls = (enum message_tls)row_number(result, row, CLAIM_TLS);
	message_split_content(message, PQgetvalue(result, row, CLAIM_CONTENT),
	    (size_t)PQgetlength(result, row, CLAIM_CONTENT));
	return message;
}

/* What comes with the first delivery of a message or campaign. */
static void
claimed_read_origin(const PGresult *result, int row, GHashTable *campaigns, GHashTable *messages)
{
	bool composed = !PQgetisnull(result, row, CLAIM_CREATED_AT);

	if (!PQgetisnull(result, row, CLAIM_CAMPAIGN_ID) && composed) {
		struct composition *composition = claimed_composition(result, row);

		g_hash_table_replace(campaigns, &composition->campaign_id, composition);
	} else if (!PQgetisnull(result, row, CLAIM_RECEIVED_AT)) {
		struct claimed_message *claimed = g_new0(struct claimed_message, 1);

		claimed->message = claimed_message(result, row);
		claimed->composition = composed ? claimed_composition(result, row) : NULL;
		g_hash_table_replace(messages, &claimed->message->message_id, claimed);
	}
}

static struct delivery *
claimed_delivery(const PGresult *result, int row, GHashTable *campaigns, GHashTable *messages)
{
	struct delivery *delivery = g_new0(struct delivery, 1);
	int64_t message_id = row_number(result, row, CLAIM_MESSAGE_ID);
	int campaign_id = (int)row_number(result, row, CLAIM_CAMPAIGN_ID);
	struct claimed_message *claimed = g_hash_table_lookup(messages, &message_id);
	struct composition *campaign = g_hash_table_lookup(campaigns, &campaign_id);

	delivery->account_id = row_number(result, row, CLAIM_ACCOUNT_ID);
	delivery->delivery_id = row_number(result, row, CLAIM_DELIVERY_ID);
	delivery->recipient = g_strdup(row_text(result, row, CLAIM_RECIPIENT));
	delivery->suppression = suppressed_read(result, row, CLAIM_SUPPRESSED);
	delivery->merge_fields = g_strdup(row_text(result, row, CLAIM_MERGE_FIELDS));
	delivery->attempts = (int)row_number(result, row, CLAIM_ATTEMPTS);
	delivery->queued_at = row_time(result, row, CLAIM_QUEUED_AT);
	delivery->notify = (unsigned)row_number(result, row, CLAIM_NOTIFY);
	delivery->original_recipient = g_strdup(row_text(result, row, CLAIM_ORIGINAL_RECIPIENT));
	if (claimed != NULL) {
		delivery->message = message_ref(claimed->message);
		claimed->deliveries++;
		if (claimed->composition != NULL)
			delivery->composition = composition_ref(claimed->composition);
	} else if (campaign != NULL) {
		delivery->composition = composition_ref(campaign);
	}
	return delivery;
}

static void
claimed_share_out(const GPtrArray *deliveries, GHashTable *messages)
{
	for (guint i = 0; i < deliveries->len; i++) {
		struct delivery *delivery = deliveries->pdata[i];
		const struct claimed_message *claimed;

		if (delivery->message == NULL)
			continue;
		claimed = g_hash_table_lookup(messages, &delivery->message->message_id);
		delivery->share = message_size(delivery->message) / claimed->deliveries;
	}
}

void
queue_claimed_read(
    const PGresult *result, GHashTable *campaigns, GPtrArray *deliveries, GPtrArray *lost)
{
	GHashTable *messages =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, claimed_message_free);

	for (int row = 0; row < PQntuples(result); row++)
		claimed_read_origin(result, row, campaigns, messages);
	for (int row = 0; row < PQntuples(result); row++) {
		struct delivery *delivery = claimed_delivery(result, row, campaigns, messages);
		bool whole = delivery->message != NULL || delivery->composition != NULL;

		g_ptr_array_add(whole ? deliveries : lost, delivery);
	}
	claimed_share_out(deliveries, messages);
	g_hash_table_destroy(messages);
}
