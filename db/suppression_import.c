/* The import of db/suppression_entry.h. */
#include "db/suppression_entry.h"

#include <glib.h>

#include "db/suppression.h"
#include "db/text_array.h"
#include "db/unsubscribe_sql.h"

enum { IMPORT_BATCH = 2000 };

enum import_column { KINDS, ADDRESSES, SMTP_CODES, STATUS_CODES, SINCES, IMPORT_COLUMNS };

struct suppression_import {
	struct db_connection *connection;
	char account[DB_NUMBER_SIZE];
	GPtrArray *columns[IMPORT_COLUMNS]; /* of the batch */
	int64_t added;
};

static void
import_free(struct suppression_import *import)
{
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		g_ptr_array_unref(import->columns[i]);
	g_free(import);
}

enum db_status
suppression_import_begin(struct db_connection *connection, int64_t account_id,
    struct suppression_import **import, struct error *error)
{
	enum db_status status = db_begin(connection, error);

	if (status != DB_STATUS_OK)
		return status;
	*import = g_new0(struct suppression_import, 1);
	(*import)->connection = connection;
	db_number(account_id, (*import)->account);
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		(*import)->columns[i] = g_ptr_array_new_with_free_func(g_free);
	return DB_STATUS_OK;
}

static enum db_status
batch_write(struct suppression_import *import, struct error *error)
{
	/* In the order of the primary key, in which two imports that meet wait for each other. */
	static const char sql[] =
	    "WITH added AS (INSERT INTO suppression (account_id, kind, email_address, smtp_code, status_code, created_at) "
	    "  SELECT $1, kind::suppression_kind, address, nullif(smtp_code, '')::smallint, "
	    "    nullif(status_code, ''), CASE WHEN since = '0' THEN now() "
	    "      ELSE timestamptz 'epoch' + since::bigint * interval '1 microsecond' END "
	    "  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY "
	    "    AS given (kind, address, smtp_code, status_code, since, number) "
	    "  ORDER BY address_fold(address), kind, number "
	    "  ON CONFLICT (account_id, address_key, kind) DO NOTHING "
	    "  RETURNING account_id, kind, email_address) "
	    "SELECT count(*), count(CASE WHEN kind = 'unsubscribe' THEN " UNSUBSCRIBE_SQL_ANNOUNCE
	    " END) FROM added";
	char *arrays[IMPORT_COLUMNS];
	const char *values[IMPORT_COLUMNS + 1] = {import->account};
	int64_t added = 0;
	bool found;
	enum db_status status;

	for (int i = 0; i < IMPORT_COLUMNS; i++) {
		GPtrArray *column = import->columns[i];

		values[i + 1] = arrays[i] =
		    db_text_array((const char *const *)column->pdata, column->len);
		g_ptr_array_set_size(column, 0);
	}
	status = db_query_number(
	    import->connection, sql, IMPORT_COLUMNS + 1, values, &added, &found, error);
	for (int i = 0; i < IMPORT_COLUMNS; i++)
		g_free(arrays[i]);
	import->added += added;
	return status;
}

enum db_status
suppression_import_add(
    struct suppression_import *import, const struct suppression_entry_row *row, struct error *error)
{
	char since[DB_NUMBER_SIZE];
	const char *values[IMPORT_COLUMNS] = {
	    [KINDS] = suppression_kind_name(row->kind),
	    [ADDRESSES] = row->address,
	    [SMTP_CODES] = row->smtp_code,
	    [STATUS_CODES] = row->status_code,
	    [SINCES] = db_number(row->since, since),
	};

	for (int i = 0; i < IMPORT_COLUMNS; i++)
		g_ptr_array_add(import->columns[i], g_strdup(values[i]));
	return import->columns[KINDS]->len < IMPORT_BATCH ? DB_STATUS_OK
							  : batch_write(import, error);
}

enum db_status
suppression_import_commit(struct suppression_import *import, int64_t *added, struct error *error)
{
	enum db_status status = DB_STATUS_OK;

	if (import->columns[KINDS]->len > 0)
		status = batch_write(import, error);
	*added = import->added;
	status = db_end(import->connection, status, error);
	import_free(import);
	return status;
}

void
suppression_import_abandon(struct suppression_import *import)
{
	db_rollback(import->connection);
	import_free(import);
}
