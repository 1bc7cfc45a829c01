#include "server/group_file.h"

#include <stdio.h>

#include "db/email_group.h"
#include "db/email_group_report.h"
#include "services/soap/field_names.h"
#include "services/soap/import_rows.h"

#include "server/command_json.h"
#include "server/csv.h"
#include "server/group_choice.h"
#include "server/import_source.h"

static bool
file_find_group(const struct command_call *call, int32_t *group_id, struct error *error)
{
	struct command_call email = *call;
	struct group_chosen chosen;

	email.chosen = GROUP_EMAIL;
	if (!group_choice_find(&email, call->operand[0], &chosen, error))
		return false;
	*group_id = chosen.group_id;
	return true;
}

/* Whether columns and rows can be imported. */
static bool
file_check(const struct command_call *call, const struct import_source *source,
    const struct import_columns *columns, struct error *error)
{
	struct exception_reason reason;
	bool good;

	exception_reason_init(&reason);
	good =
	    field_names_examine(call->connection, columns->fields, &reason, error) == DB_STATUS_OK;
	if (good)
		good = reason.sentence->len == 0 &&
		    import_rows_check(&source->reader, columns, &reason);
	if (!good && reason.sentence->len > 0)
		error_set(
		    error, "%s: nothing was imported: %s", call->operand[1], reason.sentence->str);
	exception_reason_clear(&reason);
	return good;
}

static bool
file_store(const struct command_call *call, struct import_source *source,
    const struct import_columns *columns, int32_t group_id, struct error *error)
{
	struct email_group_import *import;
	unsigned rows = 0;
	enum db_status status =
	    email_group_import_begin(call->connection, call->account_id, group_id,
		(const char *const *)columns->fields->pdata, columns->fields->len, &import, error);

	if (status == DB_STATUS_OK)
		status = import_rows_store(
		    import, &source->reader, columns, import_source_show, source, &rows, error);
	progress_end(&source->progress);
	if (status == DB_STATUS_FOREIGN_KEY)
		return error_set(error, "group \"%s\" was deleted meanwhile; nothing was imported",
		    call->operand[0]);
	if (status != DB_STATUS_OK)
		return false;
	if (call->options->json) {
		JsonObject *object = json_object_new();

		command_json_add_text(object, "action", "import");
		json_object_set_int_member(object, "id", group_id);
		json_object_set_int_member(object, "rows", rows);
		command_json_print_document(object);
	} else {
		printf("%u row%s imported\n", rows, rows == 1 ? "" : "s");
	}
	return true;
}

bool
group_file_import(const struct command_call *call, struct error *error)
{
	struct import_source source;
	struct import_columns columns;
	int32_t group_id;
	bool done;

	if (!file_find_group(call, &group_id, error) ||
	    !import_source_open(&source, call->operand[1], error))
		return false;
	if (source.is_headless) {
		import_source_clear(&source);
		return error_set(error,
		    "%s: the first row is to name the columns (EmailAddress,First Name), but there is an address in it",
		    call->operand[1]);
	}
	columns = import_columns_of(g_steal_pointer(&source.names));
	done = file_check(call, &source, &columns, error) &&
	    file_store(call, &source, &columns, group_id, error);
	import_columns_clear(&columns);
	import_source_clear(&source);
	return done;
}

static bool
export_member(void *arg, const char *const *values)
{
	const struct email_group_fields *fields = arg;

	csv_print(values, fields->count + 1);
	return ferror(stdout) == 0;
}

bool
group_file_export(const struct command_call *call, struct error *error)
{
	const struct email_group_selection all = {.address = NULL};
	static const char *const address[] = {"EmailAddress"};
	struct email_group_fields fields;
	const char **names;
	int32_t group_id;
	bool done;

	if (!file_find_group(call, &group_id, error) ||
	    email_group_fields_read(call->connection, call->account_id, group_id, &fields, error) !=
		DB_STATUS_OK)
		return false;
	names = g_new(const char *, fields.count + 1);
	names[0] = address[0];
	for (size_t i = 0; i < fields.count; i++)
		names[i + 1] = fields.names[i];
	csv_print(names, fields.count + 1);
	done = email_group_member_list(call->connection, call->account_id, group_id, &fields, &all,
		   export_member, &fields, error) == DB_STATUS_OK;
	g_free(names);
	email_group_fields_clear(&fields);
	return done;
}
