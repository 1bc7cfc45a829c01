/* What the API's server and the relay's workers do alike when somebody unsubscribes. */
#ifndef DB_UNSUBSCRIBE_SQL_H
#define DB_UNSUBSCRIBE_SQL_H

/* For WITH. $1 account, $2 delivery. A delivery that was tried and waits is in both. Its campaign may have been deleted. */
#define UNSUBSCRIBE_SQL_MAILED                                                                      \
	"mailed AS (SELECT m.account_id, m.recipient, m.campaign_id, c.from_email, c.from_name "    \
	"FROM (SELECT account_id, recipient, campaign_id FROM smtp_log "                            \
	"  WHERE account_id = $1::bigint AND delivery_id = $2::bigint "                             \
	"  UNION ALL SELECT account_id, recipient, campaign_id FROM queue "                         \
	"  WHERE account_id = $1::bigint AND delivery_id = $2::bigint LIMIT 1) AS m "               \
	"LEFT JOIN campaign AS c ON c.account_id = m.account_id AND c.campaign_id = m.campaign_id " \
	"WHERE m.campaign_id IS NOT NULL)"

/* What the trigger on suppression tells the workers, again (PostgreSQL sends it once): where the table is distributed there is no trigger
 * (db/citus.sql). For a row that was put on the list, in a SELECT of its own. */
#define UNSUBSCRIBE_SQL_ANNOUNCE                                                                   \
	"pg_notify('bracemail_unsubscribe', account_id || ' ' || left(email_address, 1500))"

/* Puts the recipient on the account's list. Answers a row with what is in mailed, or none. */
#define UNSUBSCRIBE_SQL_PUT                                                                        \
	"WITH " UNSUBSCRIBE_SQL_MAILED ", listed AS ("                                             \
	"  INSERT INTO suppression (account_id, kind, email_address, campaign_id) "                \
	"  SELECT account_id, 'unsubscribe', recipient, campaign_id FROM mailed "                  \
	"  ON CONFLICT (account_id, address_key, kind) DO NOTHING "                                \
	"  RETURNING account_id, email_address) "                                                  \
	"SELECT recipient, from_email, from_name, "                                                \
	" (SELECT count(" UNSUBSCRIBE_SQL_ANNOUNCE ") FROM listed) FROM mailed"

#endif
