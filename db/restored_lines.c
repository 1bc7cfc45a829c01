#include "db/restored_private.h"

#include "base/clock.h"
#include "base/ledger.h"

#include "db/text_array.h"

enum { COMPARE_ROWS = 1000 /* lines asked for at once */ };

static void
entry_free(void *data)
{
	ledger_entry_clear(data);
	g_free(data);
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

/* By the primary keys of a day's table, whatever the statistics of a database say that was started a moment ago. */
static bool
comparing_prepare(struct comparing *comparing)
{
	comparing->is_prepared = comparing->is_prepared ||
	    db_execute(comparing->connection,
		"SET enable_hashjoin = off; SET enable_mergejoin = off",
		comparing->error) == DB_STATUS_OK;
	return comparing->is_prepared;
}

bool
comparing_query(struct comparing *comparing, const char *sql, const char *third, PGresult **result)
{
	g_autoptr(GString) accounts = g_string_new(NULL), ids = g_string_new(NULL);
	const char *values[] = {NULL, NULL, third};

	asked_columns(comparing->asked, accounts, ids);
	values[0] = accounts->str;
	values[1] = ids->str;
	comparing->is_failed = !comparing_prepare(comparing) ||
	    db_query(comparing->connection, sql, third != NULL ? 3 : 2, values, result,
		comparing->error) != DB_STATUS_OK;
	return !comparing->is_failed;
}

struct ledger_entry *
comparing_asked_at(const struct comparing *comparing, const PGresult *result, int row)
{
	return comparing->asked->pdata[db_get_number(result, row, 0) - 1];
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

	if (!comparing_query(
		comparing, kind == LEDGER_CAMPAIGN ? campaigns : messages, NULL, &result))
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
	if (!comparing_query(
		comparing, kind == LEDGER_CAMPAIGN ? campaigns : messages, NULL, &result))
		return;
	for (int row = 0; row < PQntuples(result); row++)
		comparing->calls->lost(comparing, comparing_asked_at(comparing, result, row),
		    PQgetisnull(result, row, 1) ? NULL : g_strdup(PQgetvalue(result, row, 1)));
	PQclear(result);
}

void
comparing_ask(struct comparing *comparing)
{
	enum ledger_kind kind;

	if (comparing->asked->len == 0 || comparing->is_failed)
		return;
	kind = ((const struct ledger_entry *)comparing->asked->pdata[0])->kind;
	if (kind == LEDGER_ENDED)
		comparing->calls->ended(comparing);
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
		comparing_ask(comparing);
	g_ptr_array_add(comparing->asked, g_memdup2(entry, sizeof(*entry)));
}

static void
note_highest(struct comparing *comparing, const struct ledger_entry *entry)
{
	if (entry->kind == LEDGER_CAMPAIGN || entry->kind == LEDGER_DELETED)
		return;
	comparing->highest_id = MAX(comparing->highest_id, entry->id);
	for (int64_t i = 0; i < (entry->recipients != NULL ? entry->recipient_count : 0); i++)
		comparing->highest_id = MAX(comparing->highest_id,
		    g_array_index(entry->recipients, struct ledger_recipient, i).delivery_id);
}

static bool
entry_is_meant(const struct comparing *comparing, const struct ledger_entry *entry)
{
	return entry->at >= comparing->since && entry->at > comparing->compared_at;
}

static bool
goes_on(struct comparing *comparing)
{
	if (!comparing->is_failed && comparing->ledger->stop != NULL &&
	    atomic_load(comparing->ledger->stop))
		comparing->is_failed = !error_set(comparing->error, "it is to stop");
	return !comparing->is_failed;
}

void
comparing_on_accepted(void *arg, char *line)
{
	struct comparing *comparing = arg;
	struct ledger_entry entry;

	if (!goes_on(comparing))
		return;
	if (!ledger_entry_parse(line, &entry)) {
		comparing->unreadable++;
		return;
	}
	note_highest(comparing, &entry);
	if (entry.kind == LEDGER_DELETED) {
		comparing_ask(comparing);
		comparing->calls->campaign_deleted(comparing, &entry);
	}
	if ((entry.kind == LEDGER_ACCEPTED || entry.kind == LEDGER_CAMPAIGN) &&
	    entry_is_meant(comparing, &entry)) {
		comparing->accepted++;
		ask_later(comparing, &entry);
	} else {
		ledger_entry_clear(&entry);
	}
}

void
comparing_on_ended(void *arg, char *line)
{
	struct comparing *comparing = arg;
	struct ledger_entry entry;

	if (!goes_on(comparing) || line[0] != (char)LEDGER_ENDED ||
	    !ledger_entry_parse(line, &entry))
		return;
	if (!comparing->calls->ended_elsewhere(comparing, &entry) &&
	    entry_is_meant(comparing, &entry))
		ask_later(comparing, &entry);
	else
		ledger_entry_clear(&entry);
}

void
comparing_on_compared(void *arg, char *line)
{
	struct comparing *comparing = arg;
	struct ledger_entry entry;

	if (!goes_on(comparing) || line[0] != (char)LEDGER_COMPARED ||
	    !ledger_entry_parse(line, &entry))
		return;
	comparing->compared_at = entry.at;
	ledger_entry_clear(&entry);
}

void
comparing_init(struct comparing *comparing, struct db_connection *connection,
    const struct restored_ledger *ledger, struct error *error)
{
	*comparing = (struct comparing){.connection = connection,
	    .ledger = ledger,
	    .error = error,
	    .since = clock_now() - ledger->retention_days * CLOCK_DAY,
	    .asked = g_ptr_array_new_with_free_func(entry_free)};
}

void
comparing_clear(struct comparing *comparing)
{
	g_ptr_array_unref(comparing->asked);
}

static bool
read_lines(struct comparing *comparing, void (*each)(void *arg, char *line))
{
	if (!ledger_read(comparing->ledger->directory, each, comparing, comparing->error))
		return false;
	comparing_ask(comparing);
	return !comparing->is_failed;
}

bool
comparing_read(struct comparing *comparing)
{
	return read_lines(comparing, comparing_on_accepted) &&
	    read_lines(comparing, comparing_on_ended);
}
