#include "db/queue_list.h"

#include <string.h>

#include <glib.h>

#include "db/conversation_row.h"

enum list_column {
	LIST_ACCOUNT_ID = CONVERSATION_COLUMN_COUNT,
	LIST_ACCOUNT,
	LIST_SENDER,
	LIST_DESTINATION,
	LIST_GROUP,
	LIST_CAMPAIGN_ID,
	LIST_ATTEMPTS,
	LIST_QUEUED_AT,
	LIST_STATE, /* enum queue_state */
	LIST_NEXT_ATTEMPT_AT,
	LIST_RESULT,
	LIST_MESSAGE_ID /* NULL for a campaign's */
};

#define LISTED_QUEUED_AT DB_MICROSECONDS("p.queued_at")
#define LISTED_NEXT_AT DB_MICROSECONDS("p.next_attempt_at")
#define LISTED_DESTINATION QUEUE_DESTINATION("p.recipient")

static const char list_sql[] =
    "WITH page AS MATERIALIZED (SELECT q.*" QUEUE_PAGE_MATCHES ") "
    "SELECT p.delivery_id, p.recipient, l.transcript, l.conversation, p.account_id, "
    " COALESCE(a.name, ''), "
    " COALESCE(c.from_email, m.composition ->> 'from_email', m.mail_from, ''), "
    " " LISTED_DESTINATION ", COALESCE(g.name, ''), p.campaign_id, p.attempts, " LISTED_QUEUED_AT
    ", "
    " CASE WHEN p.claim IS NOT NULL THEN 1 WHEN p.next_attempt_at = 'infinity' THEN 2 ELSE 0 END, "
    " CASE WHEN p.claim IS NULL AND isfinite(p.next_attempt_at) THEN " LISTED_NEXT_AT " END, "
    " COALESCE(l.result, ''), p.message_id "
    "FROM page AS p LEFT JOIN account AS a ON a.account_id = p.account_id "
    "LEFT JOIN message AS m ON m.account_id = p.account_id AND m.message_id = p.message_id "
    "LEFT JOIN campaign AS c ON c.account_id = p.account_id AND c.campaign_id = p.campaign_id "
    "LEFT JOIN transactional_group AS g ON g.account_id = m.account_id AND g.group_id = m.group_id "
    "LEFT JOIN smtp_log AS l ON l.account_id = p.account_id AND l.delivery_id = p.delivery_id "
    " AND l.attempt = p.attempts "
    "ORDER BY p.account_id, p.delivery_id";

static enum db_status
listed_read(struct db_connection *connection, const PGresult *result, int row,
    struct queue_listed *listed, GString *transcript, struct error *error)
{
	*listed = (struct queue_listed){
	    .account_id = db_get_number(result, row, LIST_ACCOUNT_ID),
	    .delivery_id = db_get_number(result, row, CONVERSATION_DELIVERY),
	    .message_id = db_get_number(result, row, LIST_MESSAGE_ID),
	    .account = PQgetvalue(result, row, LIST_ACCOUNT),
	    .sender = PQgetvalue(result, row, LIST_SENDER),
	    .recipient = PQgetvalue(result, row, CONVERSATION_RECIPIENT),
	    .destination = PQgetvalue(result, row, LIST_DESTINATION),
	    .group = PQgetvalue(result, row, LIST_GROUP),
	    .campaign_id = (int32_t)db_get_number(result, row, LIST_CAMPAIGN_ID),
	    .attempts = (int)db_get_number(result, row, LIST_ATTEMPTS),
	    .queued_at = db_get_number(result, row, LIST_QUEUED_AT),
	    .state = (enum queue_state)db_get_number(result, row, LIST_STATE),
	    .next_attempt_at = db_get_number(result, row, LIST_NEXT_ATTEMPT_AT),
	    .result = PQgetvalue(result, row, LIST_RESULT),
	};
	g_string_truncate(transcript, 0);
	return conversation_row_append(
	    connection, result, row, listed->account_id, transcript, error);
}

static enum db_status
list_page(struct db_connection *connection, const PGresult *result, GString *transcript,
    void (*each)(void *arg, const struct queue_listed *listed), void *arg, struct error *error)
{
	for (int row = 0; row < PQntuples(result); row++) {
		struct queue_listed listed;
		enum db_status status =
		    listed_read(connection, result, row, &listed, transcript, error);

		if (status != DB_STATUS_OK)
			return status;
		listed.transcript = transcript->str;
		each(arg, &listed);
	}
	return DB_STATUS_OK;
}

enum db_status
queue_list(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_listed *listed), void *arg, struct error *error)
{
	enum db_status status = queue_page_prepare(connection, error);
	GString *transcript = g_string_new(NULL);
	struct queue_page page;
	bool more = true;

	queue_page_init(&page, filter);
	while (status == DB_STATUS_OK && more) {
		PGresult *result;
		int rows;

		status =
		    db_query(connection, list_sql, QUEUE_PAGE_VALUES, page.values, &result, error);
		if (status != DB_STATUS_OK)
			break;
		status = list_page(connection, result, transcript, each, arg, error);
		rows = PQntuples(result);
		more = rows > 0 &&
		    queue_page_next(&page, db_get_number(result, rows - 1, LIST_ACCOUNT_ID),
			db_get_number(result, rows - 1, CONVERSATION_DELIVERY), rows);
		PQclear(result);
	}
	queue_page_clear(&page);
	g_string_free(transcript, TRUE);
	return status;
}

enum summary_column {
	SUMMARY_DESTINATION,
	SUMMARY_COUNT, /* struct queue_count */
	SUMMARY_OLDEST_AT = SUMMARY_COUNT + 3,
	SUMMARY_NEXT_ATTEMPT_AT,
	SUMMARY_TRIED_DELIVERY,
	SUMMARY_DESTINATIONS,
	SUMMARY_TOTAL /* struct queue_count */
};

static const char summary_sql[] = "WITH destination AS (SELECT " QUEUE_DESTINATION(
    "q.recipient") " AS name, "
		   "  count(*) FILTER (WHERE claim IS NULL AND isfinite(next_attempt_at)) AS waiting, "
		   "  count(*) FILTER (WHERE claim IS NOT NULL) AS trying, "
		   "  count(*) FILTER (WHERE claim IS NULL AND NOT isfinite(next_attempt_at)) AS held, "
		   "  min(queued_at) AS oldest_at, "
		   "  min(next_attempt_at) FILTER (WHERE claim IS NULL AND isfinite(next_attempt_at)) AS next_at, "
		   "  max(delivery_id) FILTER (WHERE attempts > 0) AS tried "
		   " " QUEUE_MATCHES " GROUP BY 1) "
		   "SELECT name, waiting, trying, held, " DB_MICROSECONDS("oldest_at") ", " DB_MICROSECONDS(
		       "next_at") ", tried, "
				  " count(*) OVER (), sum(waiting) OVER (), sum(trying) OVER (), sum(held) OVER () "
				  "FROM destination ORDER BY waiting + trying + held DESC, name LIMIT $9::bigint";

static struct queue_count
summary_count(const PGresult *result, int row, int column)
{
	return (struct queue_count){.waiting = db_get_number(result, row, column),
	    .trying = db_get_number(result, row, column + 1),
	    .held = db_get_number(result, row, column + 2)};
}

enum db_status
queue_summary(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_destination *destination), void *arg,
    struct queue_total *total, struct error *error)
{
	struct queue_page page;
	PGresult *result;
	enum db_status status;

	memset(total, 0, sizeof(*total));
	queue_page_init(&page, filter);
	db_number(filter->limit, page.rows);
	status = db_query(connection, summary_sql, QUEUE_PAGE_VALUES, page.values, &result, error);
	queue_page_clear(&page);
	if (status != DB_STATUS_OK)
		return status;
	for (int row = 0; row < PQntuples(result); row++) {
		struct queue_destination destination = {
		    .name = PQgetvalue(result, row, SUMMARY_DESTINATION),
		    .count = summary_count(result, row, SUMMARY_COUNT),
		    .oldest_at = db_get_number(result, row, SUMMARY_OLDEST_AT),
		    .next_attempt_at = db_get_number(result, row, SUMMARY_NEXT_ATTEMPT_AT),
		    .tried_delivery_id = db_get_number(result, row, SUMMARY_TRIED_DELIVERY)};

		total->destinations = db_get_number(result, row, SUMMARY_DESTINATIONS);
		total->count = summary_count(result, row, SUMMARY_TOTAL);
		each(arg, &destination);
	}
	PQclear(result);
	return DB_STATUS_OK;
}
