#include "services/soap/field_names.h"

#include "db/email_group_member.h"

#include "services/soap/field_name.h"
#include "services/soap/operation.h"

/* Whether no two names are one in letters outside ASCII: for the database to say. */
static bool
field_names_are_distinct(struct soap *soap, struct operation *operation, const GPtrArray *names)
{
	struct error error;
	bool distinct, ascii = true;
	enum db_status status;

	for (guint i = 0; i < names->len; i++)
		ascii = ascii && g_str_is_ascii(g_ptr_array_index(names, i));
	if (ascii)
		return true;
	status = email_group_field_names_compare(
	    operation->database, (const char *const *)names->pdata, names->len, &distinct, &error);
	if (status != DB_STATUS_OK)
		exception_throw_database(soap, status, &error);
	else if (!distinct)
		exception_throw(soap, EXCEPTION_DUPLICATE_GROUP_FIELD, "A field is given twice.");
	return status == DB_STATUS_OK && distinct;
}

/* What needs no database. */
static bool
field_names_are_good(struct soap *soap, const GPtrArray *names)
{
	GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	bool good = true;

	g_hash_table_add(seen, g_strdup("emailaddress"));
	for (guint i = 0; i < names->len && good; i++) {
		char *name = g_strstrip(g_ptr_array_index(names, i));
		struct error error;

		if (!field_name_check(name, &error)) {
			exception_throw(soap, EXCEPTION_INVALID_GROUP_FIELD,
			    "The name of field %u %s.", i + 1, error.text);
			good = false;
		} else if (!g_hash_table_add(seen, g_ascii_strdown(name, -1))) {
			exception_throw(soap, EXCEPTION_DUPLICATE_GROUP_FIELD,
			    "The field \"%s\" is given twice, or is the address itself.", name);
			good = false;
		}
	}
	g_hash_table_unref(seen);
	return good;
}

bool
field_names_check(struct soap *soap, struct operation *operation, GPtrArray *names)
{
	return field_names_are_good(soap, names) &&
	    field_names_are_distinct(soap, operation, names);
}
