/*
 * Which deliveries of the queue an operator means, of all accounts or of one, and how they are read page by page in the order of
 * the queue's primary key. Blocking.
 */
#ifndef DB_QUEUE_FILTER_H
#define DB_QUEUE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "db/connection.h"

enum { QUEUE_PAGE = 1000 };

/* What is NULL or 0 chooses nothing; all that is given must fit. Strings are the caller's. */
struct queue_filter {
	int64_t account_id;
	const char *group; /* a transactional group's name, any case */
	const char
	    *destination;    /* the recipient's domain, any case, in letters or as IDNA writes it */
	const char *address; /* the recipient, any case */
	int32_t campaign_id;
	const int64_t *delivery_ids;
	size_t delivery_count;
	int64_t limit; /* of deliveries; INT64_MAX: none */
};

/* found: whether there is such a group, or campaign, in the account or, without one, in any. */
enum db_status queue_filter_find_group(struct db_connection *connection,
    const struct queue_filter *filter, bool *found, struct error *error);
enum db_status queue_filter_find_campaign(struct db_connection *connection,
    const struct queue_filter *filter, bool *found, struct error *error);

/* The domain of a recipient. */
#define QUEUE_DESTINATION(recipient)                                                               \
	"lower(split_part(" recipient ", '@', -1) COLLATE \"und-x-icu\")"

/* FROM and WHERE of a statement whose first parameters are those of a page. */
#define QUEUE_MATCHES                                                                                       \
	" FROM queue AS q WHERE (q.account_id, q.delivery_id) > ($1::bigint, $2::bigint) "                  \
	" AND q.account_id <= $3::bigint "                                                                  \
	" AND ($4::text IS NULL OR EXISTS (SELECT FROM message AS m "                                       \
	"  JOIN transactional_group AS g ON g.account_id = m.account_id AND g.group_id = m.group_id "       \
	"  WHERE m.account_id = q.account_id AND m.message_id = q.message_id "                              \
	"  AND g.name_key = lower($4::text COLLATE \"und-x-icu\"))) "                                       \
	" AND ($5::text[] IS NULL OR " QUEUE_DESTINATION(                                                   \
	    "q.recipient") " = ANY ($5::text[])) "                                                          \
			   " AND ($6::text IS NULL OR address_fold(q.recipient) = address_fold($6::text)) " \
			   " AND ($7::int IS NULL OR q.campaign_id = $7::int) "                             \
			   " AND ($8::bigint[] IS NULL OR q.delivery_id = ANY ($8::bigint[])) "

/* QUEUE_MATCHES, one page of them. */
#define QUEUE_PAGE_MATCHES QUEUE_MATCHES "ORDER BY q.account_id, q.delivery_id LIMIT $9::bigint"

enum { QUEUE_PAGE_VALUES = 9 };

/* The values of a page, for db_query(). */
struct queue_page {
	const char *values[QUEUE_PAGE_VALUES];
	char after_account[DB_NUMBER_SIZE], after_delivery[DB_NUMBER_SIZE],
	    last_account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE], rows[DB_NUMBER_SIZE];
	char *domains, *ids;
	int64_t left; /* of the limit */
	int size;     /* of this page */
};

/* The first page. The caller clears it; the filter must live as long. */
void queue_page_init(struct queue_page *page, const struct queue_filter *filter);
void queue_page_clear(struct queue_page *page);

/* The page behind that delivery, when the last one had so many rows. Returns whether there may be one. */
bool queue_page_next(struct queue_page *page, int64_t account_id, int64_t delivery_id, int rows);

/* Pages are found by the primary key, whatever the statistics say of a queue that was empty a moment ago. For a connection that
 * reads nothing else. */
enum db_status queue_page_prepare(struct db_connection *connection, struct error *error);

#endif
