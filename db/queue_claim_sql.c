/* What the claim of what is due asks of the database. */
#include "db/queue_claim_private.h"

#include "db/suppressed.h"

/*
 * One round trip: finds and locks what is due (one more than wanted, to see whether there is more), cuts it where
 * the contents pass the bytes, claims the rest, and reads each message once, with the first of its
 * deliveries, and each campaign that this worker does not hold yet, likewise; and who is not
 * to be mailed.
 * $1 this worker, $2 rows, $3 bytes, $4 campaigns it holds.
 * OF(alias): a further condition on a table. SUPPRESSION: a row of what speaks against a recipient, or none.
 */
#define CLAIM_SQL(OF, SUPPRESSION)                                                                                                    \
	"WITH due AS MATERIALIZED ("                                                                                                  \
	" SELECT account_id, delivery_id, message_id, campaign_id, next_attempt_at "                                                  \
	" FROM queue AS q WHERE claim IS NULL AND next_attempt_at <= now() " OF(                                                      \
	    "q") " ORDER BY next_attempt_at LIMIT $2::bigint + 1 FOR NO KEY UPDATE SKIP LOCKED"                                       \
		 "), sizes AS ("                                                                                                      \
		 " SELECT due.*, m.size FROM due LEFT JOIN message AS m "                                                             \
		 "  ON m.account_id = due.account_id AND m.message_id = due.message_id " OF("m") "), " CLAIM_RANKED(                  \
		     "sizes") ", taken AS ("                                                                                          \
			      " UPDATE queue AS q SET claim = $1::bigint FROM sized AS s "                                            \
			      " WHERE q.account_id = s.account_id AND q.delivery_id = s.delivery_id " OF(                             \
				  "q") "  AND " CLAIM_FITS("$2",                                                                      \
				  "$3") " RETURNING q.account_id, q.delivery_id, q.message_id, q.campaign_id, q.recipient, "          \
					"  q.merge_fields, q.attempts, q.queued_at, q.notify, q.original_recipient, s.first"          \
					") SELECT t.account_id, t.delivery_id, t.message_id, t.campaign_id, t.recipient, "            \
					" t.merge_fields::text, t.attempts, t.queued_at, t.notify, t.original_recipient, "            \
					" (SELECT count(*) FROM due) > (SELECT count(*) FROM taken), "                                \
					" m.received_at, m.group_id, m.smtputf8, m.client, m.mail_from, m.subject, m.note, "          \
					" m.dsn_return, m.envelope_id, m.tls, m.content, "                                            \
					" COALESCE(c.created_at, CASE WHEN m.composition IS NOT NULL THEN m.received_at END), "       \
					" COALESCE(c.from_email, m.composition ->> 'from_email'), "                                   \
					" COALESCE(c.from_name, m.composition ->> 'from_name'), "                                     \
					" COALESCE(c.subject, m.composition ->> 'subject'), "                                         \
					" COALESCE(c.message_plain, m.composition ->> 'message_plain'), "                             \
					" COALESCE(c.message_html, m.composition ->> 'message_html'), "                               \
					" COALESCE(c.options, m.composition ->> 'options'), c.raw_message, " SUPPRESSED_COLUMNS       \
					" "                                                                                           \
					"FROM taken AS t "                                                                            \
					"LEFT JOIN message AS m "                                                                     \
					" ON t.first AND m.account_id = t.account_id AND m.message_id = t.message_id " OF(            \
					    "m") "LEFT JOIN campaign AS c "                                                           \
						 " ON t.first AND c.account_id = t.account_id AND c.campaign_id = t.campaign_id " OF( \
						     "c") "  AND c.campaign_id <> ALL ($4::int[]) "                                   \
							  "LEFT JOIN LATERAL " SUPPRESSION                                            \
							  " AS s ON true"

/* From rows with a message's size, those of one message and campaign after each other: how much content comes with each, and with all up
 * to it. */
#define CLAIM_RANKED(rows)                                                                         \
	"ranked AS ("                                                                              \
	" SELECT *, row_number() OVER (ORDER BY next_attempt_at, delivery_id) AS number, "         \
	"  row_number() OVER (PARTITION BY account_id, message_id, campaign_id "                   \
	"   ORDER BY next_attempt_at, delivery_id) = 1 AS first FROM " rows "), weighed AS ("      \
	" SELECT *, CASE WHEN first THEN COALESCE(size, 0) ELSE 0 END AS weight FROM ranked"       \
	"), sized AS (SELECT *, sum(weight) OVER (ORDER BY number) AS bytes FROM weighed)"

#define CLAIM_FITS(rows, bytes)                                                                    \
	"s.number <= " rows "::bigint AND (s.number = 1 OR s.bytes <= " bytes "::bigint)"

#define CLAIM_OF_ALL(alias) ""
#define CLAIM_OF_ONE(alias) " AND " alias ".account_id = $5::bigint "

const struct pipeline_statement queue_claim_statements[] = {
    [CLAIM_TAKE] = {"queue_claim",
	CLAIM_SQL(CLAIM_OF_ALL, "suppression_of(t.account_id, t.recipient)")},
    /* Where shards have the rows: rows of several are not locked in one statement, so what to take of each account is asked before.
     * $1 rows, $2 bytes. */
    [CLAIM_DIVIDE] = {"queue_claim_divide",
	"WITH due AS MATERIALIZED ("
	" SELECT q.account_id, q.delivery_id, q.message_id, q.campaign_id, q.next_attempt_at, m.size "
	" FROM queue AS q LEFT JOIN message AS m "
	"  ON m.account_id = q.account_id AND m.message_id = q.message_id "
	" WHERE q.claim IS NULL AND q.next_attempt_at <= now() "
	" ORDER BY q.next_attempt_at LIMIT $1::bigint + 1"
	"), " CLAIM_RANKED(
	    "due") " "
		   "SELECT s.account_id, count(*), sum(s.weight)::bigint, (SELECT count(*) FROM due) "
		   "FROM sized AS s WHERE " CLAIM_FITS("$1", "$2") " GROUP BY s.account_id"},
    /* And then as CLAIM_TAKE does. $5 account. */
    [CLAIM_TAKE_OF_ONE] = {"queue_claim_of_one",
	CLAIM_SQL(CLAIM_OF_ONE,
	    "(SELECT * FROM suppression AS s WHERE s.account_id = $5::bigint "
	    " AND s.address_key = address_fold(t.recipient) ORDER BY s.kind LIMIT 1)")},
    /* Nothing can be sent of them any more: their message was dropped, or their account removed. */
    [CLAIM_DISCARD] = {"queue_discard",
	"DELETE FROM queue AS q USING "
	" (SELECT unnest($1::bigint[]) AS account_id, unnest($2::bigint[]) AS delivery_id) AS r "
	"WHERE q.account_id = r.account_id AND q.delivery_id = r.delivery_id"},
    [CLAIM_NEXT_DUE] = {"queue_next_due",
	"SELECT next_attempt_at FROM queue WHERE claim IS NULL AND next_attempt_at < 'infinity' "
	"ORDER BY next_attempt_at LIMIT 1"},
    {NULL, NULL},
};
