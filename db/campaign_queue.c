#include "db/campaign_queue.h"

#include <glib.h>

#include "db/text_array.h"

/* So many rows at once that the workers' plans, made for a queue without them, would read all of it for each batch. */
enum { CAMPAIGN_ANALYZE_RECIPIENTS = 10000 };

/* Whether the members of this alias are wanted. */
#define MEMBER_MATCHES(alias)                                                                      \
	"($5::text IS NULL OR jsonb_path_match(" alias                                             \
	".fields || jsonb_build_object('" CAMPAIGN_FILTER_ADDRESS "', " alias                      \
	".email_address), $5::text::jsonpath, '{}', true))"

/* Whether one of these groups has the address with that key. */
#define IS_MEMBER(groups, key)                                                                     \
	"EXISTS (SELECT FROM email_group_member AS e WHERE e.account_id = $1 "                     \
	"AND e.group_id = ANY (" groups ") AND e.address_key = " key                               \
	" AND " MEMBER_MATCHES("e") ")"

/*
 * One statement, whatever the size, that keeps no list of its rows: members come in the order of an index, each looks by itself
 * whether an earlier group has its address, and what is taken gets the next number. An address occurs once in a group.
 */
static enum db_status
campaign_queue_rows(struct db_connection *connection, const struct composition *composition,
    const struct campaign_recipients *to, int64_t *recipients, struct error *error)
{
	static const char sql[] =
	    "WITH line AS MATERIALIZED ("
	    "  SELECT DISTINCT ON (key) text, key, number FROM ("
	    "    SELECT text, number, lower(text COLLATE \"und-x-icu\") COLLATE \"C\" AS key "
	    "    FROM string_to_table($4, E'\\n') WITH ORDINALITY AS other (text, number) "
	    "    WHERE text <> '') AS each ORDER BY key, number), "
	    "ids AS MATERIALIZED (SELECT day_number(now()) AS day, id_blocks_new("
	    "  (SELECT count(*) FROM email_group_member "
	    "    WHERE account_id = $1 AND group_id = ANY ($3::int[])) "
	    "  + (SELECT count(*) FROM line)) AS blocks), "
	    "ranged AS (UPDATE campaign SET first_delivery_id = range.first, last_delivery_id = range.last "
	    "  FROM (SELECT id_of_block(day, blocks, 1) AS first, "
	    "    id_of_block(day, blocks, cardinality(blocks) * 4096::bigint) AS last FROM ids) AS range "
	    "  WHERE account_id = $1 AND campaign_id = $2 "
	    "    AND range.first < range.last), " /* not when numbers begin anew in between */
	    "chosen AS ("
	    "  SELECT m.email_address AS address, nullif(m.fields, '{}') AS fields "
	    "  FROM unnest($3::int[]) WITH ORDINALITY AS g (group_id, rank) CROSS JOIN LATERAL ("
	    "    SELECT * FROM email_group_member WHERE account_id = $1 AND group_id = g.group_id "
	    "    ORDER BY member_id) AS m "
	    "  WHERE " MEMBER_MATCHES(
		"m") " AND (g.rank = 1 "
		     "    OR NOT " IS_MEMBER("($3::int[])[:g.rank - 1]",
			 "m.address_key") ") "
					  "  UNION ALL (SELECT text, NULL FROM line "
					  "    WHERE NOT " IS_MEMBER("$3::int[]",
					      "line.key") " ORDER BY number)) "
							  "INSERT INTO queue (account_id, delivery_id, campaign_id, recipient, "
							  "  queued_at, next_attempt_at, merge_fields) "
							  "SELECT $1, id_of_block(ids.day, ids.blocks, numbered.number), $2, numbered.address, "
							  "  now(), now(), numbered.fields "
							  "FROM ids CROSS JOIN (SELECT *, row_number() OVER () AS number FROM chosen) AS numbered";
	char account[DB_NUMBER_SIZE], campaign[DB_NUMBER_SIZE];
	g_autofree char *groups = db_text_array_of_numbers(to->group_ids, to->group_count);
	const char *values[] = {db_number(composition->account_id, account),
	    db_number(composition->campaign_id, campaign), groups, to->addresses, to->filter};
	PGresult *result;
	enum db_status status = db_query(connection, sql, 5, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	*recipients = g_ascii_strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return DB_STATUS_OK;
}

enum db_status
campaign_queue(struct db_connection *connection, const struct composition *composition,
    const struct campaign_recipients *to, int64_t *recipients, struct error *error)
{
	enum db_status status = campaign_queue_rows(connection, composition, to, recipients, error);

	if (status == DB_STATUS_OK && *recipients >= CAMPAIGN_ANALYZE_RECIPIENTS)
		status = db_query(connection, "ANALYZE queue", 0, NULL, NULL, error);
	return status;
}
