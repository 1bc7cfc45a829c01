#include "db/queue_filter.h"

#include <string.h>

#include <glib.h>

#include "db/text_array.h"

/* As typed, and as IDNA has it in both forms. */
static char *
filter_domains(const char *destination)
{
	g_autofree char *typed = g_utf8_strdown(destination, -1);
	g_autofree char *ascii = g_hostname_to_ascii(typed);
	g_autofree char *unicode = g_hostname_to_unicode(typed);
	const char *forms[3];
	size_t count = 0;

	forms[count++] = typed;
	if (ascii != NULL)
		forms[count++] = ascii;
	if (unicode != NULL)
		forms[count++] = unicode;
	return db_text_array(forms, count);
}

static char *
filter_ids(const struct queue_filter *filter)
{
	GString *ids = g_string_new(NULL);

	for (size_t i = 0; i < filter->delivery_count; i++)
		db_text_array_add_number(ids, filter->delivery_ids[i]);
	db_text_array_end(ids);
	return g_string_free(ids, FALSE);
}

static enum db_status
filter_find(struct db_connection *connection, const char *sql, const struct queue_filter *filter,
    const char *what, bool *found, struct error *error)
{
	char account[DB_NUMBER_SIZE];
	const char *values[] = {
	    filter->account_id != 0 ? db_number(filter->account_id, account) : NULL, what};
	int64_t one;

	return db_query_number(connection, sql, 2, values, &one, found, error);
}

enum db_status
queue_filter_find_group(struct db_connection *connection, const struct queue_filter *filter,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT 1 FROM transactional_group WHERE ($1::bigint IS NULL OR account_id = $1::bigint) "
	    "AND name_key = lower($2 COLLATE \"und-x-icu\") LIMIT 1";

	return filter_find(connection, sql, filter, filter->group, found, error);
}

enum db_status
queue_filter_find_campaign(struct db_connection *connection, const struct queue_filter *filter,
    bool *found, struct error *error)
{
	static const char sql[] =
	    "SELECT 1 FROM campaign WHERE ($1::bigint IS NULL OR account_id = $1::bigint) "
	    "AND campaign_id = $2::int LIMIT 1";
	char campaign[DB_NUMBER_SIZE];

	return filter_find(
	    connection, sql, filter, db_number(filter->campaign_id, campaign), found, error);
}

static void
page_set(struct queue_page *page, int64_t account_id, int64_t delivery_id)
{
	page->size = (int)MIN(page->left, QUEUE_PAGE);
	db_number(account_id, page->after_account);
	db_number(delivery_id, page->after_delivery);
	db_number(page->size, page->rows);
}

void
queue_page_init(struct queue_page *page, const struct queue_filter *filter)
{
	memset(page, 0, sizeof(*page));
	page->left = filter->limit;
	page_set(page, filter->account_id, 0);
	db_number(filter->account_id != 0 ? filter->account_id : INT64_MAX, page->last_account);
	page->domains = filter->destination != NULL ? filter_domains(filter->destination) : NULL;
	page->ids = filter->delivery_count > 0 ? filter_ids(filter) : NULL;
	page->values[0] = page->after_account;
	page->values[1] = page->after_delivery;
	page->values[2] = page->last_account;
	page->values[3] = filter->group;
	page->values[4] = page->domains;
	page->values[5] = filter->address;
	page->values[6] =
	    filter->campaign_id != 0 ? db_number(filter->campaign_id, page->campaign) : NULL;
	page->values[7] = page->ids;
	page->values[8] = page->rows;
}

void
queue_page_clear(struct queue_page *page)
{
	g_free(page->domains);
	g_free(page->ids);
}

bool
queue_page_next(struct queue_page *page, int64_t account_id, int64_t delivery_id, int rows)
{
	bool is_full = rows == page->size;

	page->left -= rows;
	page_set(page, account_id, delivery_id);
	return is_full && page->left > 0;
}

enum db_status
queue_page_prepare(struct db_connection *connection, struct error *error)
{
	return db_execute(connection,
	    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; "
	    "SET enable_mergejoin = off",
	    error);
}
