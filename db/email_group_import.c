#include "db/email_group_import.h"

#include <string.h>

#include <glib.h>
#include <json-glib/json-glib.h>

#include "db/email_group_field.h"
#include "db/text_array.h"

enum { IMPORT_BATCH_ROWS = 2000, IMPORT_BATCH_BYTES = 4 << 20 };

struct email_group_import {
	struct db_connection *connection;
	char account[DB_NUMBER_SIZE];
	char group[DB_NUMBER_SIZE];
	GPtrArray *keys;      /* the fields' names as members' values are kept under */
	GPtrArray *addresses; /* of the batch */
	GPtrArray *fields;    /* likewise: JSON objects */
	size_t bytes;
};

static void
import_free(struct email_group_import *import)
{
	g_ptr_array_unref(import->keys);
	g_ptr_array_unref(import->addresses);
	g_ptr_array_unref(import->fields);
	g_free(import);
}

/* The keys of the fields, in the order of names. DB_STATUS_FOREIGN_KEY: there is no such group. */
static enum db_status
keys_read(struct email_group_import *import, const char *names, struct error *error)
{
	static const char sql[] =
	    "SELECT lower(field COLLATE \"und-x-icu\") FROM email_group "
	    "LEFT JOIN unnest($3::text[]) WITH ORDINALITY AS given (field, number) ON true "
	    "WHERE account_id = $1 AND group_id = $2 ORDER BY number";
	const char *values[] = {import->account, import->group, names};
	PGresult *result;
	enum db_status status = db_query(import->connection, sql, 3, values, &result, error);

	if (status != DB_STATUS_OK)
		return status;
	if (PQntuples(result) == 0)
		status = DB_STATUS_FOREIGN_KEY;
	for (int row = 0; row < PQntuples(result); row++)
		if (!PQgetisnull(result, row, 0))
			g_ptr_array_add(import->keys, g_strdup(PQgetvalue(result, row, 0)));
	PQclear(result);
	return status;
}

enum db_status
email_group_import_begin(struct db_connection *connection, int64_t account_id, int32_t group_id,
    const char *const *names, size_t count, struct email_group_import **import, struct error *error)
{
	struct email_group_import *new = g_new0(struct email_group_import, 1);
	g_autofree char *array = db_text_array(names, count);
	enum db_status status;

	new->connection = connection;
	new->keys = g_ptr_array_new_with_free_func(g_free);
	new->addresses = g_ptr_array_new_with_free_func(g_free);
	new->fields = g_ptr_array_new_with_free_func(g_free);
	db_number(account_id, new->account);
	db_number(group_id, new->group);
	status = db_begin(connection, error);
	if (status == DB_STATUS_OK)
		status =
		    email_group_fields_complete(connection, new->account, new->group, array, error);
	if (status == DB_STATUS_OK)
		status = keys_read(new, array, error);
	if (status == DB_STATUS_OK)
		*import = new;
	else
		email_group_import_abandon(new);
	return status;
}

static enum db_status
batch_write(struct email_group_import *import, struct error *error)
{
	static const char sql[] =
	    "INSERT INTO email_group_member AS m (account_id, group_id, email_address, fields) "
	    "SELECT $1, $2, address, fields::jsonb "
	    "FROM (SELECT DISTINCT ON (lower(address COLLATE \"und-x-icu\")) address, fields, number "
	    "  FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS given (address, fields, number) "
	    "  ORDER BY lower(address COLLATE \"und-x-icu\"), number DESC) AS last_of_each "
	    "ORDER BY number "
	    "ON CONFLICT (account_id, group_id, address_key) DO UPDATE SET fields = m.fields || EXCLUDED.fields";
	g_autofree char *addresses =
	    db_text_array((const char *const *)import->addresses->pdata, import->addresses->len);
	g_autofree char *fields =
	    db_text_array((const char *const *)import->fields->pdata, import->fields->len);
	const char *values[] = {import->account, import->group, addresses, fields};

	g_ptr_array_set_size(import->addresses, 0);
	g_ptr_array_set_size(import->fields, 0);
	import->bytes = 0;
	return db_query(import->connection, sql, 4, values, NULL, error);
}

static char *
fields_object(const struct email_group_import *import, const char *const *values)
{
	JsonObject *object = json_object_new();
	JsonNode *node = json_node_init_object(json_node_alloc(), object);
	char *text;

	for (guint i = 0; i < import->keys->len; i++)
		json_object_set_string_member(object, import->keys->pdata[i], values[i]);
	text = json_to_string(node, FALSE);
	json_node_free(node);
	json_object_unref(object);
	return text;
}

enum db_status
email_group_import_add(struct email_group_import *import, const char *address,
    const char *const *values, struct error *error)
{
	char *fields = fields_object(import, values);

	g_ptr_array_add(import->addresses, g_strdup(address));
	g_ptr_array_add(import->fields, fields);
	import->bytes += strlen(address) + strlen(fields);
	if (import->addresses->len < IMPORT_BATCH_ROWS && import->bytes < IMPORT_BATCH_BYTES)
		return DB_STATUS_OK;
	return batch_write(import, error);
}

enum db_status
email_group_import_commit(struct email_group_import *import, struct error *error)
{
	enum db_status status = DB_STATUS_OK;

	if (import->addresses->len > 0)
		status = batch_write(import, error);
	status = db_end(import->connection, status, error);
	import_free(import);
	return status;
}

void
email_group_import_abandon(struct email_group_import *import)
{
	db_rollback(import->connection);
	import_free(import);
}
