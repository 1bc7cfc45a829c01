#include "db/restored.h"

#include <string.h>

#include "base/ledger.h"

#include "db/text_array.h"

enum {
	COMPARE_ROWS = 1000,  /* lines asked for at once */
	END_BYTES = 256 << 10 /* of the ledger, that tell whether the database is behind */
};

/* One line of the ledger after the other; what is asked of the database is collected. */
struct comparing {
	struct db_connection *connection;
	struct restored *restored;
	struct error *error;
	bool is_failed;
	int64_t since, compared_at;
	GPtrArray *asked;      /* struct ledger_entry, until the database has said which it has */
	GHashTable *lost;      /* delivery ids of messages that it has not: place of its result */
	GHashTable *delivered; /* of deliveries that wait: struct restored_delivery */
};

static void
entry_free(void *data)
{
	ledger_entry_clear(data);
	g_free(data);
}

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

/* Of both kinds of columns of what is asked: {1,2}. */
static void
asked_columns(const GPtrArray *asked, GString *accounts, GString *ids)
{
	for (guint i = 0; i < asked->len; i++) {
		const struct ledger_entry *entry = asked->pdata[i];

		db_text_array_add_number(accounts, entry->account_id);
		db_text_array_add_number(ids, entry->id);
	}
	db_text_array_end(accounts);
	db_text_array_end(ids);
}

/* The rows of sql, for what is asked, have its number (from 1 on) first. */
static bool
asked_query(struct comparing *comparing, const char *sql, PGresult **result)
{
	g_autoptr(GString) accounts = g_string_new(NULL), ids = g_string_new(NULL);
	const char *values[2];

	asked_columns(comparing->asked, accounts, ids);
	values[0] = accounts->str;
	values[1] = ids->str;
	comparing->is_failed = db_query(comparing->connection, sql, 2, values, result,
				   comparing->error) != DB_STATUS_OK;
	return !comparing->is_failed;
}

static struct ledger_entry *
asked_at(const struct comparing *comparing, const PGresult *result, int row)
{
	return comparing->asked->pdata[db_get_number(result, row, 0) - 1];
}

static char *
text_at(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : g_strdup(PQgetvalue(result, row, column));
}

static void
message_is_lost(struct comparing *comparing, struct ledger_entry *entry, char *account)
{
	struct restored_message *message = g_new0(struct restored_message, 1);

	message->entry = *entry;
	message->account = account;
	*entry = (struct ledger_entry){0}; /* it is the message's now */
	if (message->entry.kind == LEDGER_CAMPAIGN) {
		g_ptr_array_add(comparing->restored->campaigns, message);
		return;
	}
	message->results = g_new0(char *, message->entry.recipients->len);
	for (guint i = 0; i < message->entry.recipients->len; i++)
		g_hash_table_replace(comparing->lost,
		    &g_array_index(message->entry.recipients, struct ledger_recipient, i)
			 .delivery_id,
		    &message->results[i]);
	g_ptr_array_add(comparing->restored->messages, message);
}

/* What the database has is asked for no longer. */
static bool
ask_what_is_there(struct comparing *comparing, enum ledger_kind kind)
{
	static const char messages[] =
	    "SELECT u.number FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, message_id, number) "
	    "JOIN message AS m ON m.account_id = u.account_id AND m.message_id = u.message_id "
	    "ORDER BY u.number DESC";
	static const char campaigns[] =
	    "SELECT u.number FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, campaign_id, number) "
	    "JOIN campaign AS c ON c.account_id = u.account_id AND c.campaign_id = u.campaign_id "
	    "ORDER BY u.number DESC";
	PGresult *result;

	if (!asked_query(comparing, kind == LEDGER_CAMPAIGN ? campaigns : messages, &result))
		return false;
	for (int row = 0; row < PQntuples(result); row++) /* the last first */
		g_ptr_array_remove_index(
		    comparing->asked, (guint)db_get_number(result, row, 0) - 1);
	PQclear(result);
	return true;
}

static void
ask_for_accepted(struct comparing *comparing, enum ledger_kind kind)
{
	/* What the account keeps no longer is not missed: db/retention.h. */
	static const char messages[] =
	    "SELECT u.number, a.name FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, message_id, number) "
	    "LEFT JOIN account AS a ON a.account_id = u.account_id "
	    "WHERE u.message_id >> 36 >= COALESCE(a.retained_from, 0) "
	    "AND u.message_id >> 36 > day_number(now()) - COALESCE(a.retention_days, 36500) "
	    "ORDER BY u.number";
	static const char campaigns[] =
	    "SELECT u.number, a.name FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, campaign_id, number) "
	    "LEFT JOIN account AS a ON a.account_id = u.account_id ORDER BY u.number";
	PGresult *result;

	if (!ask_what_is_there(comparing, kind) || comparing->asked->len == 0)
		return;
	if (!asked_query(comparing, kind == LEDGER_CAMPAIGN ? campaigns : messages, &result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		message_is_lost(
		    comparing, asked_at(comparing, result, row), text_at(result, row, 1));
	PQclear(result);
}

/* Of a delivery that ended several times by the ledger the last counts. */
static void
delivery_waits(
    struct comparing *comparing, struct ledger_entry *entry, const PGresult *result, int row)
{
	struct restored_delivery *delivery = g_hash_table_lookup(comparing->delivered, &entry->id);

	if (delivery == NULL) {
		delivery = g_new0(struct restored_delivery, 1);
		delivery->account_id = entry->account_id;
		delivery->delivery_id = entry->id;
		delivery->account = text_at(result, row, 1);
		delivery->recipient = text_at(result, row, 2);
		delivery->is_held = PQgetvalue(result, row, 3)[0] == 't';
		g_hash_table_insert(comparing->delivered, &delivery->delivery_id, delivery);
		g_ptr_array_add(comparing->restored->deliveries, delivery);
	}
	g_free(delivery->result);
	delivery->result = g_steal_pointer(&entry->result);
	delivery->ended_at = entry->at;
}

/* What a live worker has is being recorded. */
static void
ask_for_ended(struct comparing *comparing)
{
	static const char sql[] =
	    "SELECT u.number, a.name, q.recipient, NOT isfinite(q.next_attempt_at) "
	    "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	    " AS u (account_id, delivery_id, number) "
	    "JOIN queue AS q ON q.account_id = u.account_id AND q.delivery_id = u.delivery_id "
	    " AND q.claim IS NULL "
	    "LEFT JOIN account AS a ON a.account_id = q.account_id ORDER BY u.number";
	PGresult *result;

	if (!asked_query(comparing, sql, &result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		delivery_waits(comparing, asked_at(comparing, result, row), result, row);
	PQclear(result);
}

static void
ask(struct comparing *comparing)
{
	enum ledger_kind kind;

	if (comparing->asked->len == 0 || comparing->is_failed)
		return;
	kind = ((const struct ledger_entry *)comparing->asked->pdata[0])->kind;
	if (kind == LEDGER_ENDED)
		ask_for_ended(comparing);
	else
		ask_for_accepted(comparing, kind);
	g_ptr_array_set_size(comparing->asked, 0);
}

/* Takes the entry. All that is asked at once is of one kind. */
static void
ask_later(struct comparing *comparing, const struct ledger_entry *entry)
{
	const struct ledger_entry *first =
	    comparing->asked->len > 0 ? comparing->asked->pdata[0] : NULL;

	if (first != NULL && (first->kind != entry->kind || comparing->asked->len >= COMPARE_ROWS))
		ask(comparing);
	g_ptr_array_add(comparing->asked, g_memdup2(entry, sizeof(*entry)));
}

static void
note_highest(struct restored *restored, const struct ledger_entry *entry)
{
	if (entry->kind == LEDGER_CAMPAIGN || entry->kind == LEDGER_DELETED)
		return;
	restored->highest_id = MAX(restored->highest_id, entry->id);
	for (int64_t i = 0; i < (entry->recipients != NULL ? entry->recipient_count : 0); i++)
		restored->highest_id = MAX(restored->highest_id,
		    g_array_index(entry->recipients, struct ledger_recipient, i).delivery_id);
}

/* What was deleted is not missed. */
static void
campaign_is_deleted(struct comparing *comparing, const struct ledger_entry *entry)
{
	GPtrArray *campaigns = comparing->restored->campaigns;

	ask(comparing);
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
entry_is_meant(const struct comparing *comparing, const struct ledger_entry *entry)
{
	return entry->at >= comparing->since && entry->at > comparing->compared_at;
}

/* First what was accepted. */
static void
on_accepted_line(void *arg, char *line)
{
	struct comparing *comparing = arg;
	struct ledger_entry entry;

	if (comparing->is_failed)
		return;
	if (!ledger_entry_parse(line, &entry)) {
		comparing->restored->unreadable++;
		return;
	}
	note_highest(comparing->restored, &entry);
	if (entry.kind == LEDGER_DELETED)
		campaign_is_deleted(comparing, &entry);
	if ((entry.kind == LEDGER_ACCEPTED || entry.kind == LEDGER_CAMPAIGN) &&
	    entry_is_meant(comparing, &entry)) {
		comparing->restored->accepted++;
		ask_later(comparing, &entry);
	} else {
		ledger_entry_clear(&entry);
	}
}

/* Then how it ended. */
static void
on_ended_line(void *arg, char *line)
{
	struct comparing *comparing = arg;
	struct ledger_entry entry;
	char **result;

	if (comparing->is_failed || line[0] != (char)LEDGER_ENDED ||
	    !ledger_entry_parse(line, &entry))
		return;
	result = g_hash_table_lookup(comparing->lost, &entry.id);
	if (result != NULL) {
		g_free(*result);
		*result = g_steal_pointer(&entry.result);
		ledger_entry_clear(&entry);
	} else if (entry_is_meant(comparing, &entry)) {
		ask_later(comparing, &entry);
	} else {
		ledger_entry_clear(&entry);
	}
}

static void
on_compared_line(void *arg, char *line)
{
	int64_t *compared_at = arg;
	struct ledger_entry entry;

	if (line[0] != (char)LEDGER_COMPARED || !ledger_entry_parse(line, &entry))
		return;
	*compared_at = entry.at;
	ledger_entry_clear(&entry);
}

/* By the primary keys of a day's table, whatever the statistics of a database say that was started a moment ago. */
static bool
connection_prepare(struct db_connection *connection, struct error *error)
{
	return db_execute(connection, "SET enable_hashjoin = off; SET enable_mergejoin = off",
		   error) == DB_STATUS_OK;
}

static void
comparing_init(struct comparing *comparing, struct db_connection *connection,
    struct restored *restored, int64_t since, struct error *error)
{
	*restored = (struct restored){.messages = g_ptr_array_new_with_free_func(message_free),
	    .campaigns = g_ptr_array_new_with_free_func(message_free),
	    .deliveries = g_ptr_array_new_with_free_func(delivery_free_restored)};
	*comparing = (struct comparing){.connection = connection,
	    .restored = restored,
	    .error = error,
	    .since = since,
	    .asked = g_ptr_array_new_with_free_func(entry_free),
	    .lost = g_hash_table_new(g_int64_hash, g_int64_equal),
	    .delivered = g_hash_table_new(g_int64_hash, g_int64_equal)};
}

static void
comparing_clear(struct comparing *comparing)
{
	g_ptr_array_unref(comparing->asked);
	g_hash_table_unref(comparing->lost);
	g_hash_table_unref(comparing->delivered);
}

static bool
compare_lines(struct comparing *comparing, const char *directory)
{
	if (!ledger_read(directory, on_accepted_line, comparing, comparing->error))
		return false;
	ask(comparing);
	if (!ledger_read(directory, on_ended_line, comparing, comparing->error))
		return false;
	ask(comparing);
	return !comparing->is_failed;
}

bool
restored_compare(struct db_connection *connection, const char *directory, enum restored_range range,
    int64_t since, struct restored *restored, struct error *error)
{
	struct comparing comparing;
	bool done = connection_prepare(connection, error);

	comparing_init(&comparing, connection, restored, since, error);
	if (done && range == RESTORED_NEW)
		done = ledger_read(directory, on_compared_line, &comparing.compared_at, error);
	done = done && compare_lines(&comparing, directory);
	comparing_clear(&comparing);
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

/* Whose account is gone may have been removed with it. */
static bool
restored_has_lost(const struct restored *restored)
{
	for (guint i = 0; i < restored->messages->len; i++) {
		const struct restored_message *message = restored->messages->pdata[i];

		if (message->account != NULL)
			return true;
	}
	return false;
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
restored_is_behind(struct db_connection *connection, const char *directory, int64_t since,
    bool *is_behind, struct error *error)
{
	struct comparing comparing;
	struct restored restored;
	bool done = connection_prepare(connection, error);

	*is_behind = false;
	comparing_init(&comparing, connection, &restored, since, error);
	done = done &&
	    ledger_read_end(
		directory, END_BYTES, on_compared_line, &comparing.compared_at, error) &&
	    ledger_read_end(directory, END_BYTES, on_accepted_line, &comparing, error);
	if (done) {
		ask(&comparing);
		done = !comparing.is_failed;
	}
	if (done && restored.highest_id != 0)
		done = ids_are_behind(connection, restored.highest_id, is_behind, error);
	*is_behind = *is_behind || restored_has_lost(&restored);
	comparing_clear(&comparing);
	restored_clear(&restored);
	return done;
}
