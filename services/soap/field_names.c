#include "services/soap/field_names.h"

#include "db/email_group_member.h"

#include "services/soap/field_name.h"
#include "services/soap/operation.h"

/* Whether no two names are one in letters outside ASCII: for the database to say. */
static enum db_status
names_compare(struct db_connection *connection, const GPtrArray *names,
    struct exception_reason *reason, struct error *error)
{
	bool distinct, ascii = true;
	enum db_status status;

	for (guint i = 0; i < names->len; i++)
		ascii = ascii && g_str_is_ascii(g_ptr_array_index(names, i));
	if (ascii)
		return DB_STATUS_OK;
	status = email_group_field_names_compare(
	    connection, (const char *const *)names->pdata, names->len, &distinct, error);
	if (status == DB_STATUS_OK && !distinct)
		exception_reason_set(
		    reason, EXCEPTION_DUPLICATE_GROUP_FIELD, "A field is given twice.");
	return status;
}

/* What needs no database. */
static bool
names_are_good(const GPtrArray *names, struct exception_reason *reason)
{
	GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	bool good = true;

	g_hash_table_add(seen, g_strdup("emailaddress"));
	for (guint i = 0; i < names->len && good; i++) {
		char *name = g_strstrip(g_ptr_array_index(names, i));
		struct error error;

		if (!field_name_check(name, &error))
			good = exception_reason_set(reason, EXCEPTION_INVALID_GROUP_FIELD,
			    "The name of field %u %s.", i + 1, error.text);
		else if (!g_hash_table_add(seen, g_ascii_strdown(name, -1)))
			good = exception_reason_set(reason, EXCEPTION_DUPLICATE_GROUP_FIELD,
			    "The field \"%s\" is given twice, or is the address itself.", name);
	}
	g_hash_table_unref(seen);
	return good;
}

enum db_status
field_names_examine(struct db_connection *connection, GPtrArray *names,
    struct exception_reason *reason, struct error *error)
{
	if (!names_are_good(names, reason))
		return DB_STATUS_OK;
	return names_compare(connection, names, reason, error);
}

bool
field_names_check(struct soap *soap, struct operation *operation, GPtrArray *names)
{
	struct exception_reason reason;
	struct error error;
	enum db_status status;
	bool good;

	exception_reason_init(&reason);
	status = field_names_examine(operation->database, names, &reason, &error);
	good = status == DB_STATUS_OK && reason.sentence->len == 0;
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!good)
		exception_reason_throw(soap, &reason);
	exception_reason_clear(&reason);
	return good;
}
