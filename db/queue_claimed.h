/* What a claim's statement answered, made into deliveries. */
#ifndef DB_QUEUE_CLAIMED_H
#define DB_QUEUE_CLAIMED_H

#include <glib.h>
#include <libpq-fe.h>

/* Columns of the statement queue_claim, in order. */
enum claim_column {
	CLAIM_ACCOUNT_ID,
	CLAIM_DELIVERY_ID,
	CLAIM_MESSAGE_ID,
	CLAIM_CAMPAIGN_ID,
	CLAIM_RECIPIENT,
	CLAIM_MERGE_FIELDS,
	CLAIM_ATTEMPTS,
	CLAIM_QUEUED_AT,
	CLAIM_NOTIFY,
	CLAIM_ORIGINAL_RECIPIENT,
	CLAIM_MORE,
	/* of the message, with the first of its deliveries */
	CLAIM_RECEIVED_AT,
	CLAIM_GROUP_ID,
	CLAIM_SMTPUTF8,
	CLAIM_CLIENT,
	CLAIM_MAIL_FROM,
	CLAIM_SUBJECT,
	CLAIM_NOTE,
	CLAIM_DSN_RETURN,
	CLAIM_ENVELOPE_ID,
	CLAIM_TLS,
	CLAIM_CONTENT,
	/* of the composition, likewise: of the message, or of the campaign when it is new to this worker */
	CLAIM_CREATED_AT,
	CLAIM_FROM_EMAIL,
	CLAIM_FROM_NAME,
	CLAIM_COMPOSED_SUBJECT,
	CLAIM_PLAIN,
	CLAIM_HTML,
	CLAIM_OPTIONS,
	CLAIM_RAW_MESSAGE,
	/* why it is not to be sent: SUPPRESSED_COLUMNS */
	CLAIM_SUPPRESSED
};

/* Compositions of campaigns: struct composition, by campaign_id (unique over all accounts). */
GHashTable *campaign_cache_create(void);

/* Forgets those that nobody else holds. */
void campaign_cache_sweep(GHashTable *cache);

/*
 * deliveries gets each delivery that can be made; lost gets those whose message or campaign is not stored any more.
 * Both: struct delivery, the caller's. Campaigns that came along are put into the cache.
 */
void queue_claimed_read(
    const PGresult *result, GHashTable *campaigns, GPtrArray *deliveries, GPtrArray *lost);

#endif
