/* What a node does by itself: it looks whether the database is behind, and holds what would be made twice. */
#include "db/restored_private.h"

#include "base/clock.h"
#include "base/ledger.h"

enum { END_BYTES = 256 << 10 /* of the ledger, that tell whether the database is behind */ };

struct counting {
	uint64_t lost_messages,
	    lost_of_accounts; /* those whose account is there; it may have been removed with the others */
	GHashTable *lost_campaigns; /* their ids, each the key's own */
	int64_t held;
};

static void
count_lost(struct comparing *comparing, struct ledger_entry *entry, char *account)
{
	struct counting *counting = comparing->arg;

	if (entry->kind == LEDGER_CAMPAIGN) {
		g_hash_table_add(
		    counting->lost_campaigns, g_memdup2(&entry->id, sizeof(entry->id)));
	} else {
		counting->lost_messages++;
		counting->lost_of_accounts += account != NULL ? 1 : 0;
	}
	g_free(account);
}

static void
count_campaign_deleted(struct comparing *comparing, const struct ledger_entry *entry)
{
	struct counting *counting = comparing->arg;

	g_hash_table_remove(counting->lost_campaigns, &entry->id);
}

static void
hold_ended(struct comparing *comparing)
{
	static const char sql[] =
	    "WITH held AS (UPDATE queue AS q SET next_attempt_at = 'infinity' "
	    " FROM unnest($1::bigint[], $2::bigint[]) AS u (account_id, delivery_id) "
	    " WHERE q.account_id = u.account_id AND q.delivery_id = u.delivery_id "
	    "  AND isfinite(q.next_attempt_at) RETURNING q.delivery_id) "
	    "SELECT count(*) FROM held";
	struct counting *counting = comparing->arg;
	PGresult *result;

	if (!comparing_query(comparing, sql, NULL, &result))
		return;
	counting->held += db_get_number(result, 0, 0);
	PQclear(result);
}

/* A lost message has no deliveries in the queue. */
static bool
is_never_elsewhere(struct comparing *comparing, struct ledger_entry *entry)
{
	(void)comparing;
	(void)entry;
	return false;
}

static const struct comparing_calls count_calls = {.lost = count_lost,
    .campaign_deleted = count_campaign_deleted,
    .ended = hold_ended,
    .ended_elsewhere = is_never_elsewhere};

static void
counting_init(struct counting *counting, struct comparing *comparing,
    struct db_connection *connection, const struct restored_ledger *ledger, struct error *error)
{
	*counting = (struct counting){
	    .lost_campaigns = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL)};
	comparing_init(comparing, connection, ledger, error);
	comparing->calls = &count_calls;
	comparing->arg = counting;
}

static void
counting_clear(struct counting *counting, struct comparing *comparing)
{
	g_hash_table_unref(counting->lost_campaigns);
	comparing_clear(comparing);
}

static bool
ids_are_behind(
    struct db_connection *connection, int64_t highest_id, bool *are_behind, struct error *error)
{
	/* A block has its lower 24 bits in an id: db/id.h. */
	static const char sql[] =
	    "SELECT ((($1::bigint >> 12) - last_value) & 16777215 BETWEEN 1 AND 8388607)::int "
	    "FROM id_block";
	char id[DB_NUMBER_SIZE];
	const char *values[] = {db_number(highest_id, id)};
	int64_t behind = 0;
	bool found;
	enum db_status status = db_query_number(connection, sql, 1, values, &behind, &found, error);

	*are_behind = behind != 0;
	return status == DB_STATUS_OK;
}

bool
restored_is_behind(struct db_connection *connection, const struct restored_ledger *ledger,
    bool *is_behind, struct error *error)
{
	struct comparing comparing;
	struct counting counting;
	bool done;

	counting_init(&counting, &comparing, connection, ledger, error);
	*is_behind = false;
	/* What is older may be gone for other reasons. */
	comparing.since = MAX(comparing.since, clock_now() - CLOCK_DAY);
	done = ledger_read_end(
		   ledger->directory, END_BYTES, comparing_on_compared, &comparing, error) &&
	    ledger_read_end(ledger->directory, END_BYTES, comparing_on_accepted, &comparing, error);
	if (done) {
		comparing_ask(&comparing);
		done = !comparing.is_failed;
	}
	if (done && comparing.highest_id != 0)
		done = ids_are_behind(connection, comparing.highest_id, is_behind, error);
	*is_behind = *is_behind || counting.lost_of_accounts > 0;
	counting_clear(&counting, &comparing);
	return done;
}

bool
restored_hold(struct db_connection *connection, const struct restored_ledger *ledger,
    struct restored_outcome *outcome, struct error *error)
{
	struct comparing comparing;
	struct counting counting;
	bool done;

	counting_init(&counting, &comparing, connection, ledger, error);
	done = ledger_read(ledger->directory, comparing_on_compared, &comparing, error) &&
	    comparing_read(&comparing);
	*outcome = (struct restored_outcome){.lost_messages = counting.lost_messages,
	    .lost_campaigns = g_hash_table_size(counting.lost_campaigns),
	    .held = counting.held,
	    .highest_id = comparing.highest_id};
	counting_clear(&counting, &comparing);
	return done;
}
