#include "db/queue_change.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"
#include "db/worker_private.h"

enum { CHANGE_TRIES = 3, CHANGE_VALUES_MAX = QUEUE_PAGE_VALUES + 4 };

#define CHANGE_RESULT "failed 5.7.1" /* RFC 3463: delivery not authorized */
#define CHANGE_UNSENT "not sent: deleted by the operator"

/* Not as a comparison: the index of what is due would be asked for all that is held, for each row of a page. */
#define CHANGE_HELD "NOT isfinite(q.next_attempt_at)"
#define CHANGE_NOT_HELD "isfinite(q.next_attempt_at)"
#define CHANGE_NONE "false"

/* passed_over: which of those that wait are not meant. changed: the rows of `page` that were changed. */
#define CHANGE_SQL(passed_over, changed, told)                                                     \
	"WITH page AS MATERIALIZED (SELECT q.account_id, q.delivery_id, "                          \
	"  q.claim IS NULL AND " passed_over " AS is_passed_over" QUEUE_PAGE_MATCHES "), " changed \
	"SELECT account_id, delivery_id, count(*) OVER (), (SELECT count(*) FROM changed), "       \
	" count(*) FILTER (WHERE is_passed_over) OVER (), " told                                   \
	"FROM page ORDER BY account_id DESC, delivery_id DESC LIMIT 1"

/* A row that changed since the page was read is looked at again. */
#define CHANGE_OF_PAGE(passed_over)                                                                \
	"page AS p WHERE q.account_id = p.account_id AND q.delivery_id = p.delivery_id "           \
	"AND q.claim IS NULL AND NOT " passed_over " "

#define CHANGE_NEXT_ATTEMPT(passed_over, when)                                                     \
	"changed AS (UPDATE queue AS q SET next_attempt_at = " when                                \
	" FROM " CHANGE_OF_PAGE(passed_over) "RETURNING q.delivery_id) "

#define CHANGE_TELLS_NOBODY "NULL "
#define CHANGE_TELLS_WORKERS                                                                       \
	"(SELECT pg_notify('bracemail_queue', '" WORKER_PAYLOAD_RETRY "') FROM changed LIMIT 1) "

enum change_column {
	CHANGE_ACCOUNT_ID, /* of the page's last */
	CHANGE_DELIVERY_ID,
	CHANGE_ROWS, /* of the page */
	CHANGE_CHANGED,
	CHANGE_PASSED_OVER
};

static const struct {
	const char *sql;
	int values;
} changes[] = {
    [QUEUE_RETRY] = {CHANGE_SQL(CHANGE_HELD,
			 CHANGE_NEXT_ATTEMPT(CHANGE_HELD, "LEAST(q.next_attempt_at, now())"),
			 CHANGE_TELLS_WORKERS),
	QUEUE_PAGE_VALUES},
    [QUEUE_HOLD] = {CHANGE_SQL(CHANGE_HELD, CHANGE_NEXT_ATTEMPT(CHANGE_HELD, "'infinity'"),
			CHANGE_TELLS_NOBODY),
	QUEUE_PAGE_VALUES},
    [QUEUE_RELEASE] = {CHANGE_SQL(CHANGE_NOT_HELD, CHANGE_NEXT_ATTEMPT(CHANGE_NOT_HELD, "now()"),
			   CHANGE_TELLS_WORKERS),
	QUEUE_PAGE_VALUES},
    /* The log of a day that is gone takes no row. $10 result, $11 unsent; the transcript: $12 behind its number, $13 behind the host. */
    [QUEUE_DELETE] =
	{CHANGE_SQL(CHANGE_NONE,
	     "changed AS (DELETE FROM queue AS q USING " CHANGE_OF_PAGE(
		 CHANGE_NONE) " RETURNING q.account_id, q.delivery_id, q.message_id, q.campaign_id, q.recipient, "
			      "  q.attempts + 1 AS attempt), "
			      "logged AS (INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, "
			      "   campaign_id, finished_at, recipient, result, unsent, transcript) "
			      " SELECT account_id, delivery_id, attempt, 'failed', message_id, campaign_id, now(), "
			      "  recipient, $10::text, $11::text, concat('attempt ', attempt, $12::text, "
			      "   COALESCE(NULLIF(split_part(recipient, '@', -1), ''), recipient), $13::text) "
			      " FROM changed WHERE to_regclass('smtp_log_' || "
			      "  to_char(to_timestamp((delivery_id >> 36) * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NOT NULL "
			      " ON CONFLICT DO NOTHING) ",
	     CHANGE_TELLS_NOBODY),
	    CHANGE_VALUES_MAX},
};

/* A worker records in an order of its own: then one of both is told to try again. */
static enum db_status
change_page(struct db_connection *connection, enum queue_change change, const char *const *values,
    PGresult **result, struct error *error)
{
	enum db_status status = DB_STATUS_RETRY;

	for (int tries = 0; tries < CHANGE_TRIES && status == DB_STATUS_RETRY; tries++)
		status = db_query(
		    connection, changes[change].sql, changes[change].values, values, result, error);
	return status;
}

static void
changed_add(struct queue_changed *changed, const PGresult *result)
{
	int64_t done = db_get_number(result, 0, CHANGE_CHANGED);
	int64_t passed_over = db_get_number(result, 0, CHANGE_PASSED_OVER);

	changed->changed += done;
	changed->passed_over += passed_over;
	changed->trying += db_get_number(result, 0, CHANGE_ROWS) - done - passed_over;
}

static enum db_status
change_pages(struct db_connection *connection, struct queue_page *page, enum queue_change change,
    const char *const *ending, struct queue_changed *changed, struct error *error)
{
	const char *values[CHANGE_VALUES_MAX];
	bool more = true;

	memcpy(values, page->values, sizeof(page->values));
	memcpy(values + QUEUE_PAGE_VALUES, ending,
	    (CHANGE_VALUES_MAX - QUEUE_PAGE_VALUES) * sizeof(*ending));
	while (more) {
		PGresult *result;
		enum db_status status = change_page(connection, change, values, &result, error);

		if (status != DB_STATUS_OK)
			return status;
		more = PQntuples(result) > 0;
		if (more) {
			changed_add(changed, result);
			more = queue_page_next(page, db_get_number(result, 0, CHANGE_ACCOUNT_ID),
			    db_get_number(result, 0, CHANGE_DELIVERY_ID),
			    (int)db_get_number(result, 0, CHANGE_ROWS));
		}
		PQclear(result);
	}
	return DB_STATUS_OK;
}

enum db_status
queue_change(struct db_connection *connection, const struct queue_filter *filter,
    enum queue_change change, struct queue_changed *changed, struct error *error)
{
	int64_t now = clock_now();
	char began[CLOCK_ISO_SIZE], ended[CLOCK_ISO_SIZE];
	g_autofree char *begin = g_strdup_printf(" %s ", clock_iso(now, began));
	g_autofree char *end = g_strdup_printf(
	    "\n%s = " CHANGE_UNSENT "\nresult " CHANGE_RESULT "\n", clock_time_of_day(now, ended));
	const char *ending[] = {CHANGE_RESULT, CHANGE_UNSENT, begin, end};
	struct queue_page page;
	enum db_status status = db_workers_reap(connection, error);

	memset(changed, 0, sizeof(*changed));
	if (status == DB_STATUS_OK)
		status = queue_page_prepare(connection, error);
	if (status != DB_STATUS_OK)
		return status;
	queue_page_init(&page, filter);
	status = change_pages(connection, &page, change, ending, changed, error);
	queue_page_clear(&page);
	return status;
}
