#include "db/queue_list.h"

#include <glib.h>

#include "db/conversation_row.h"
#include "db/text_array.h"

enum list_column {
	LIST_ACCOUNT_ID,
	LIST_DELIVERY_ID,
	LIST_MESSAGE_ID,  /* 0 for a campaign's */
	LIST_CAMPAIGN_ID, /* 0: none */
	LIST_ATTEMPTS,
	LIST_ACCOUNT,
	LIST_RECIPIENT,
	LIST_DESTINATION,
	LIST_QUEUED_AT,
	LIST_STATE, /* enum queue_state */
	LIST_NEXT_ATTEMPT_AT
};

#define LISTED_QUEUED_AT DB_MICROSECONDS("p.queued_at")
#define LISTED_NEXT_AT DB_MICROSECONDS("p.next_attempt_at")
#define LISTED_DESTINATION QUEUE_DESTINATION("p.recipient")

static const char list_sql[] =
    "WITH page AS MATERIALIZED (SELECT q.*" QUEUE_PAGE_MATCHES ") "
    "SELECT p.account_id, p.delivery_id, COALESCE(p.message_id, 0), COALESCE(p.campaign_id, 0), "
    " p.attempts, COALESCE(a.name, ''), p.recipient, " LISTED_DESTINATION ", " LISTED_QUEUED_AT ", "
    " CASE WHEN p.claim IS NOT NULL THEN 1 WHEN p.next_attempt_at = 'infinity' THEN 2 ELSE 0 END, "
    " CASE WHEN p.claim IS NULL AND isfinite(p.next_attempt_at) THEN " LISTED_NEXT_AT " END "
    "FROM page AS p LEFT JOIN account AS a ON a.account_id = p.account_id "
    "ORDER BY p.account_id, p.delivery_id";

/* What other tables say of a page's deliveries, each asked once. (Joined with the page they would all come to one node where they are
 * distributed: db/citus.sql.) Of a row: its number in the page, from 1 on, and what is said. */
enum lookup_of { LOOKUP_MESSAGE, LOOKUP_CAMPAIGN, LOOKUP_ATTEMPT, LOOKUPS };
enum message_column { MESSAGE_NUMBER, MESSAGE_SENDER, MESSAGE_GROUP };
enum campaign_column { CAMPAIGN_NUMBER, CAMPAIGN_SENDER };
enum attempt_column { ATTEMPT_NUMBER = CONVERSATION_COLUMN_COUNT, ATTEMPT_RESULT };
enum { LOOKUP_VALUES_MAX = 3 };

static const struct {
	const char *sql;
	int number; /* column of the answer */
	int values;
	enum list_column columns
	    [LOOKUP_VALUES_MAX]; /* of the page, as values; the last is 0 where there is nothing to ask for */
} lookups[LOOKUPS] = {
    [LOOKUP_MESSAGE] =
	{"SELECT u.number, COALESCE(m.composition ->> 'from_email', m.mail_from), "
	 " COALESCE(g.name, '') "
	 "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
	 " AS u (account_id, message_id, number) "
	 "JOIN message AS m ON m.account_id = u.account_id AND m.message_id = u.message_id "
	 "LEFT JOIN transactional_group AS g ON g.account_id = m.account_id "
	 " AND g.group_id = m.group_id ORDER BY u.number",
	    MESSAGE_NUMBER, 2, {LIST_ACCOUNT_ID, LIST_MESSAGE_ID}},
    [LOOKUP_CAMPAIGN] = {"SELECT u.number, c.from_email "
			 "FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY "
			 " AS u (account_id, campaign_id, number) "
			 "JOIN campaign AS c ON c.account_id = u.account_id "
			 " AND c.campaign_id = u.campaign_id ORDER BY u.number",
	CAMPAIGN_NUMBER, 2, {LIST_ACCOUNT_ID, LIST_CAMPAIGN_ID}},
    [LOOKUP_ATTEMPT] =
	{"SELECT l.delivery_id, l.recipient, l.transcript, l.conversation, u.number, "
	 " COALESCE(l.result, '') "
	 "FROM unnest($1::bigint[], $2::bigint[], $3::int[]) WITH ORDINALITY "
	 " AS u (account_id, delivery_id, attempt, number) "
	 "JOIN smtp_log AS l ON l.account_id = u.account_id "
	 " AND l.delivery_id = u.delivery_id AND l.attempt = u.attempt ORDER BY u.number",
	    ATTEMPT_NUMBER, 3, {LIST_ACCOUNT_ID, LIST_DELIVERY_ID, LIST_ATTEMPTS}},
};

struct lookup {
	PGresult *answer; /* NULL: nothing was asked */
	int next;         /* row of it */
};

struct list {
	struct db_connection *connection;
	void (*each)(void *arg, const struct queue_listed *listed);
	void *arg;
	GString *transcript;
	struct error *error;
	PGresult *page;
	struct lookup lookups[LOOKUPS];
};

/* A column of the page as an array's text. any: whether it has something but 0. */
static char *
page_column(const PGresult *page, enum list_column column, bool *any)
{
	GString *numbers = g_string_new(NULL);

	*any = false;
	for (int row = 0; row < PQntuples(page); row++) {
		int64_t number = db_get_number(page, row, (int)column);

		*any = *any || number != 0;
		db_text_array_add_number(numbers, number);
	}
	db_text_array_end(numbers);
	return g_string_free(numbers, FALSE);
}

static enum db_status
list_look_up(struct list *list, enum lookup_of of)
{
	char *values[LOOKUP_VALUES_MAX];
	enum db_status status = DB_STATUS_OK;
	bool any = false;

	for (int i = 0; i < lookups[of].values; i++)
		values[i] = page_column(list->page, lookups[of].columns[i], &any);
	if (any)
		status = db_query(list->connection, lookups[of].sql, lookups[of].values,
		    (const char *const *)values, &list->lookups[of].answer, list->error);
	for (int i = 0; i < lookups[of].values; i++)
		g_free(values[i]);
	return status;
}

/* The answer's row about that row of the page, or -1. To be asked row by row. */
static int
list_found(struct list *list, enum lookup_of of, int row)
{
	struct lookup *lookup = &list->lookups[of];

	if (lookup->answer == NULL || lookup->next == PQntuples(lookup->answer) ||
	    db_get_number(lookup->answer, lookup->next, lookups[of].number) != row + 1)
		return -1;
	return lookup->next++;
}

static void
listed_add_sender(struct list *list, int row, struct queue_listed *listed)
{
	int message = list_found(list, LOOKUP_MESSAGE, row);
	int campaign = list_found(list, LOOKUP_CAMPAIGN, row);

	listed->sender = listed->group = "";
	if (message >= 0) {
		const PGresult *answer = list->lookups[LOOKUP_MESSAGE].answer;

		listed->sender = PQgetvalue(answer, message, MESSAGE_SENDER);
		listed->group = PQgetvalue(answer, message, MESSAGE_GROUP);
	} else if (campaign >= 0) {
		listed->sender =
		    PQgetvalue(list->lookups[LOOKUP_CAMPAIGN].answer, campaign, CAMPAIGN_SENDER);
	}
}

static enum db_status
listed_add_attempt(struct list *list, int row, struct queue_listed *listed)
{
	const PGresult *answer = list->lookups[LOOKUP_ATTEMPT].answer;
	int attempt = list_found(list, LOOKUP_ATTEMPT, row);
	enum db_status status = DB_STATUS_OK;

	listed->result = "";
	g_string_truncate(list->transcript, 0);
	if (attempt >= 0) {
		listed->result = PQgetvalue(answer, attempt, ATTEMPT_RESULT);
		status = conversation_row_append(list->connection, answer, attempt,
		    listed->account_id, list->transcript, list->error);
	}
	listed->transcript = list->transcript->str;
	return status;
}

static enum db_status
list_tell(struct list *list, int row)
{
	const PGresult *page = list->page;
	struct queue_listed listed = {
	    .account_id = db_get_number(page, row, LIST_ACCOUNT_ID),
	    .delivery_id = db_get_number(page, row, LIST_DELIVERY_ID),
	    .message_id = db_get_number(page, row, LIST_MESSAGE_ID),
	    .account = PQgetvalue(page, row, LIST_ACCOUNT),
	    .recipient = PQgetvalue(page, row, LIST_RECIPIENT),
	    .destination = PQgetvalue(page, row, LIST_DESTINATION),
	    .campaign_id = (int32_t)db_get_number(page, row, LIST_CAMPAIGN_ID),
	    .attempts = (int)db_get_number(page, row, LIST_ATTEMPTS),
	    .queued_at = db_get_number(page, row, LIST_QUEUED_AT),
	    .state = (enum queue_state)db_get_number(page, row, LIST_STATE),
	    .next_attempt_at = db_get_number(page, row, LIST_NEXT_ATTEMPT_AT),
	};
	enum db_status status;

	listed_add_sender(list, row, &listed);
	status = listed_add_attempt(list, row, &listed);
	if (status == DB_STATUS_OK)
		list->each(list->arg, &listed);
	return status;
}

static enum db_status
list_page(struct list *list)
{
	enum db_status status = DB_STATUS_OK;

	for (enum lookup_of of = 0; of < LOOKUPS && status == DB_STATUS_OK; of++)
		status = list_look_up(list, of);
	for (int row = 0; row < PQntuples(list->page) && status == DB_STATUS_OK; row++)
		status = list_tell(list, row);
	for (enum lookup_of of = 0; of < LOOKUPS; of++) {
		PQclear(list->lookups[of].answer);
		list->lookups[of] = (struct lookup){0};
	}
	return status;
}

enum db_status
queue_list(struct db_connection *connection, const struct queue_filter *filter,
    void (*each)(void *arg, const struct queue_listed *listed), void *arg, struct error *error)
{
	struct list list = {.connection = connection,
	    .each = each,
	    .arg = arg,
	    .transcript = g_string_new(NULL),
	    .error = error};
	enum db_status status = queue_page_prepare(connection, error);
	struct queue_page page;
	bool more = true;

	queue_page_init(&page, filter);
	while (status == DB_STATUS_OK && more) {
		int rows;

		status = db_query(
		    connection, list_sql, QUEUE_PAGE_VALUES, page.values, &list.page, error);
		if (status != DB_STATUS_OK)
			break;
		status = list_page(&list);
		rows = PQntuples(list.page);
		more = rows > 0 &&
		    queue_page_next(&page, db_get_number(list.page, rows - 1, LIST_ACCOUNT_ID),
			db_get_number(list.page, rows - 1, LIST_DELIVERY_ID), rows);
		PQclear(list.page);
	}
	queue_page_clear(&page);
	g_string_free(list.transcript, TRUE);
	return status;
}
