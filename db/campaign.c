#include "db/campaign.h"

#include <glib.h>

#include "db/account.h"
#include "db/campaign_queue.h"
#include "db/ledger_entry.h"
#include "db/text_array.h"

enum { CAMPAIGN_PAGE = 5000, CAMPAIGN_DELETE_TRIES = 3 };

static enum db_status
campaign_insert(
    struct db_connection *connection, struct composition *composition, struct error *error)
{
	static const char sql[] =
	    "INSERT INTO campaign (account_id, from_email, from_name, subject, message_plain, "
	    "  message_html, options, raw_message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
	    "RETURNING campaign_id";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(composition->account_id, account),
	    composition->from_email, composition->from_name, composition->subject,
	    composition->message_plain, composition->message_html, composition->options,
	    composition->raw_message};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 8, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	composition->campaign_id = (int32_t)db_get_number(result, 0, 0);
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
campaign_filter_key(struct db_connection *connection, int64_t account_id,
    const struct campaign_recipients *to, const char *field_name, char **key, struct error *error)
{
	static const char sql[] =
	    "SELECT name_key FROM email_group_field WHERE account_id = $1 "
	    "AND group_id = ANY ($2::int[]) AND name_key = lower($3 COLLATE \"und-x-icu\") LIMIT 1";
	char account[DB_NUMBER_SIZE];
	g_autofree char *groups = db_text_array_of_numbers(to->group_ids, to->group_count);
	const char *values[] = {db_number(account_id, account), groups, field_name};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 3, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0)
		*key = g_strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	return DB_STATUS_OK;
}

static enum db_status
campaign_count(struct db_connection *connection, const struct composition *composition,
    int64_t recipients, struct error *error)
{
	static const char sql[] =
	    "UPDATE campaign SET recipients = $3 WHERE account_id = $1 AND campaign_id = $2";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE], count[DB_NUMBER_SIZE];
	const char *values[] = {db_number(composition->account_id, account),
	    db_number(composition->campaign_id, campaign), db_number(recipients, count)};

	return db_query(connection, sql, 3, values, NULL, error);
}

/* In a statement of its own, as campaign_tell_deleted(): one that changes rows of an account may run on another node (db/citus.sql), where
 * nobody listens. */
static enum db_status
campaign_announce(struct db_connection *connection, struct error *error)
{
	return db_query(
	    connection, "SELECT pg_notify('bracemail_queue', '')", 0, NULL, NULL, error);
}

enum db_status
campaign_create(struct db_connection *connection, struct composition *composition,
    const struct campaign_recipients *to, int64_t *recipients, struct error *error)
{
	enum db_status status = db_begin(connection, error);

	*recipients = 0;
	if (status != DB_STATUS_OK)
		return status;
	status = campaign_insert(connection, composition, error);
	if (status == DB_STATUS_OK)
		status = campaign_queue(connection, composition, to, recipients, error);
	if (status == DB_STATUS_OK && *recipients > 0)
		status = campaign_count(connection, composition, *recipients, error);
	if (status == DB_STATUS_OK && *recipients > 0)
		status = campaign_announce(connection, error);
	if (status == DB_STATUS_OK && *recipients > 0)
		status = account_usage_add(connection, composition->account_id, *recipients, error);
	if (status != DB_STATUS_OK || *recipients == 0) {
		db_rollback(connection);
		return status;
	}
	status = db_commit(connection, error);
	if (status == DB_STATUS_OK)
		ledger_write_campaign(composition, *recipients);
	return status;
}

enum db_status
campaign_content(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    struct composition **content, struct error *error)
{
	static const char sql[] =
	    "SELECT from_email, from_name, subject, message_plain, message_html, options, raw_message "
	    "FROM campaign WHERE account_id = $1 AND campaign_id = $2";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 2, values, &result, error);

	*content = NULL;
	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) > 0) {
		*content = composition_create();
		(*content)->account_id = account_id;
		(*content)->from_email = g_strdup(PQgetvalue(result, 0, 0));
		(*content)->from_name = g_strdup(PQgetvalue(result, 0, 1));
		(*content)->subject = g_strdup(PQgetvalue(result, 0, 2));
		(*content)->message_plain = g_strdup(PQgetvalue(result, 0, 3));
		(*content)->message_html = g_strdup(PQgetvalue(result, 0, 4));
		(*content)->options = g_strdup(PQgetvalue(result, 0, 5));
		if (!PQgetisnull(result, 0, 6))
			(*content)->raw_message = g_strdup(PQgetvalue(result, 0, 6));
	}
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
campaign_find(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    int64_t *day, bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT day_number(created_at) FROM campaign WHERE account_id = $1 AND campaign_id = $2";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};

	return db_query_number(connection, sql, 2, values, day, found, error);
}

void
campaign_ask(struct campaign_read *read, int64_t account_id, const char *password_hash,
    const int32_t *campaign_ids, size_t count)
{
	read->campaigns = db_text_array_of_numbers(campaign_ids, count);
	read->read = (struct db_read){
	    .sql =
		"SELECT c.campaign_id FROM account a JOIN campaign c ON c.account_id = a.account_id "
		"WHERE a.account_id = $1 AND a.password_hash = $2 AND c.campaign_id = ANY ($3::int[])",
	    .count = 3,
	    .values = {db_number(account_id, read->account), password_hash, read->campaigns}};
}

bool
campaign_is_told(const struct campaign_read *read, int32_t campaign_id)
{
	int rows = read->read.result != NULL ? PQntuples(read->read.result) : 0;

	for (int row = 0; row < rows; row++)
		if (db_get_number(read->read.result, row, 0) == campaign_id)
			return true;
	return false;
}

void
campaign_read_clear(struct campaign_read *read)
{
	g_clear_pointer(&read->read.result, PQclear);
	g_free(read->campaigns);
}

static enum db_status
campaign_remove(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "WITH deleted AS (DELETE FROM campaign WHERE account_id = $1 AND campaign_id = $2 "
	    "  RETURNING account_id, campaign_id, first_delivery_id, last_delivery_id), "
	    "waiting AS (DELETE FROM queue AS q USING deleted AS d "
	    "  WHERE q.account_id = d.account_id AND q.campaign_id = d.campaign_id "
	    "    AND q.delivery_id BETWEEN d.first_delivery_id AND d.last_delivery_id) "
	    "SELECT campaign_id FROM deleted";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};
	int64_t number;

	return db_query_number(connection, sql, 2, values, &number, found, error);
}

static enum db_status
campaign_tell_deleted(
    struct db_connection *connection, int64_t account_id, int32_t campaign_id, struct error *error)
{
	static const char sql[] =
	    "SELECT pg_notify('bracemail_campaign_deleted', $1::bigint || ' ' || $2::int)";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign)};

	return db_query(connection, sql, 2, values, NULL, error);
}

static enum db_status
campaign_delete_once(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    bool *found, struct error *error)
{
	enum db_status status = db_begin(connection, error);

	*found = false;
	if (status != DB_STATUS_OK)
		return status;
	status = campaign_remove(connection, account_id, campaign_id, found, error);
	if (status == DB_STATUS_OK && *found)
		status = campaign_tell_deleted(connection, account_id, campaign_id, error);
	if (status == DB_STATUS_OK)
		return db_commit(connection, error);
	db_rollback(connection);
	return status;
}

/* A worker records its deliveries in an order of its own: then one of both is told to try again. */
enum db_status
campaign_delete(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    bool *found, struct error *error)
{
	enum db_status status = DB_STATUS_RETRY;

	for (int tries = 0; tries < CAMPAIGN_DELETE_TRIES && status == DB_STATUS_RETRY; tries++)
		status = campaign_delete_once(connection, account_id, campaign_id, found, error);
	if (status == DB_STATUS_OK && *found)
		ledger_write_campaign_deleted(account_id, campaign_id);
	return status;
}

/* Of a page of $4 deliveries, behind $3. */
#define CAMPAIGN_PAGE_IDS                                                                          \
	"delivery_id > $3 AND delivery_id BETWEEN "                                                \
	"(SELECT first_delivery_id FROM campaign WHERE account_id = $1 AND campaign_id = $2) AND " \
	"(SELECT last_delivery_id FROM campaign WHERE account_id = $1 AND campaign_id = $2) "

enum db_status
campaign_list_recipients(struct db_connection *connection, int64_t account_id, int32_t campaign_id,
    campaign_each_recipient *each, void *arg, struct error *error)
{
	/* A delivery that ends between two pages moves from queue to log under the same id: it is seen once. */
	static const char sql[] =
	    "(SELECT delivery_id, recipient FROM queue "
	    "  WHERE account_id = $1 AND campaign_id = $2 AND " CAMPAIGN_PAGE_IDS
	    "  ORDER BY delivery_id LIMIT $4) "
	    "UNION ALL "
	    "(SELECT delivery_id, recipient FROM smtp_log "
	    "  WHERE account_id = $1 AND campaign_id = $2 AND status <> 'deferred' AND " CAMPAIGN_PAGE_IDS
	    "  ORDER BY delivery_id LIMIT $4) "
	    "ORDER BY delivery_id LIMIT $4";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE], page[DB_NUMBER_SIZE];
	char last[DB_NUMBER_SIZE] = "0";
	const char *values[] = {db_number(account_id, account), db_number(campaign_id, campaign),
	    last, db_number(CAMPAIGN_PAGE, page)};
	PGresult *result;
	enum db_status status;
	bool more = true;
	int rows;

	do {
		status = db_query(connection, sql, 4, values, &result, error);
		if (status != DB_STATUS_OK)
			return status;
		rows = PQntuples(result);
		for (int row = 0; row < rows && more; row++)
			more = each(arg, PQgetvalue(result, row, 1));
		if (rows > 0)
			g_strlcpy(last, PQgetvalue(result, rows - 1, 0), sizeof(last));
		PQclear(result);
	} while (more && rows == CAMPAIGN_PAGE);
	return DB_STATUS_OK;
}
