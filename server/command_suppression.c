#include "server/command_action.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "base/clock.h"
#include "db/suppression.h"
#include "db/suppression_entry.h"
#include "services/soap/email_address.h"

#include "server/command_json.h"
#include "server/csv.h"
#include "server/suppression_choice.h"
#include "server/suppression_file.h"
#include "server/time_options.h"

static enum command_exit
suppression_check_times(struct command_call *call)
{
	int64_t begin, end;

	if (suppression_choice_read(call) != COMMAND_DONE)
		return COMMAND_USAGE;
	return time_options_read(&command_suppression, call->options, &begin, &end);
}

/* Actions that know nothing of times. */
static enum command_exit
suppression_check_kind(struct command_call *call)
{
	if (call->options->since != NULL || call->options->until != NULL)
		return command_usage_error(
		    &command_suppression, "--since and --until go with list and export alone");
	return suppression_choice_read(call);
}

static enum command_exit
suppression_check_add(struct command_call *call)
{
	if (suppression_check_kind(call) != COMMAND_DONE)
		return COMMAND_USAGE;
	if (call->chosen != LISTS_BOTH)
		return COMMAND_DONE;
	return command_usage_error(&command_suppression,
	    "suppression add to which list? --kind bounce or unsubscribe says it");
}

static enum command_exit
suppression_check_export(struct command_call *call)
{
	if (call->options->json)
		return command_usage_error(
		    &command_suppression, "suppression export writes CSV; list has --json");
	return suppression_check_times(call);
}

struct suppression_print {
	bool is_json;
	int64_t count;
};

static void
suppression_print_json(
    const struct suppression_print *print, const struct suppression_entry_row *row)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "kind", suppression_kind_name(row->kind));
	command_json_add_text(object, "address", row->address);
	command_json_add_text(object, "smtp_code", *row->smtp_code != '\0' ? row->smtp_code : NULL);
	command_json_add_text(
	    object, "status_code", *row->status_code != '\0' ? row->status_code : NULL);
	command_json_add_id(object, "campaign", row->campaign_id);
	command_json_add_time(object, "since", row->since);
	command_json_array_add(print->count, "entries", object);
}

static bool
suppression_print_entry(void *arg, const struct suppression_entry_row *row)
{
	struct suppression_print *print = arg;
	char since[CLOCK_ISO_SIZE], campaign[DB_NUMBER_SIZE] = "";

	if (print->is_json) {
		suppression_print_json(print, row);
	} else {
		if (print->count == 0)
			printf("%-11s %-24s %4s %-9s %9s %s\n", "KIND", "SINCE", "CODE", "STATUS",
			    "CAMPAIGN", "ADDRESS");
		if (row->campaign_id != 0)
			db_number(row->campaign_id, campaign);
		command_print_line("%-11s %-24s %4s %-9s %9s %s", suppression_kind_name(row->kind),
		    clock_iso(row->since, since), row->smtp_code, row->status_code, campaign,
		    row->address);
	}
	print->count++;
	return ferror(stdout) == 0;
}

static bool
suppression_read(const struct command_call *call,
    bool (*each)(void *arg, const struct suppression_entry_row *row), void *arg,
    struct error *error)
{
	struct suppression_entry_filter filter = {
	    .bounces = call->chosen != LISTS_UNSUBSCRIBE,
	    .unsubscribes = call->chosen != LISTS_BOUNCE,
	};

	time_options_read(&command_suppression, call->options, &filter.begin, &filter.end);
	return suppression_entry_list(
		   call->connection, call->account_id, &filter, each, arg, error) == DB_STATUS_OK;
}

static bool
suppression_action_list(const struct command_call *call, struct error *error)
{
	struct suppression_print print = {.is_json = call->options->json};

	if (!suppression_read(call, suppression_print_entry, &print, error))
		return false;
	if (print.is_json) {
		command_json_array_end(print.count, "entries");
		puts("}");
	} else if (print.count == 0) {
		puts("nobody");
	}
	return true;
}

static bool
suppression_export_entry(void *arg, const struct suppression_entry_row *row)
{
	char since[CLOCK_ISO_SIZE];
	const char *const values[SUPPRESSION_COLUMNS] = {
	    [SUPPRESSION_COLUMN_ADDRESS] = row->address,
	    [SUPPRESSION_COLUMN_KIND] = suppression_kind_name(row->kind),
	    [SUPPRESSION_COLUMN_SMTP_CODE] = row->smtp_code,
	    [SUPPRESSION_COLUMN_STATUS_CODE] = row->status_code,
	    [SUPPRESSION_COLUMN_SINCE] = clock_iso(row->since, since),
	};

	(void)arg;
	csv_print(values, SUPPRESSION_COLUMNS);
	return ferror(stdout) == 0;
}

static bool
suppression_action_export(const struct command_call *call, struct error *error)
{
	csv_print(suppression_column_names, SUPPRESSION_COLUMNS);
	return suppression_read(call, suppression_export_entry, NULL, error);
}

static void
suppression_tell(const struct command_call *call, enum suppression_kind kind, const char *address)
{
	JsonObject *object;

	if (!call->options->json)
		return;
	object = json_object_new();
	command_json_add_text(object, "action", call->options->operands[0]);
	command_json_add_text(object, "kind", suppression_kind_name(kind));
	command_json_add_text(object, "address", address);
	command_json_print_document(object);
}

static bool
suppression_action_add(const struct command_call *call, struct error *error)
{
	g_autofree char *address = g_strstrip(g_strdup(call->operand[0]));
	enum suppression_kind kind =
	    call->chosen == LISTS_BOUNCE ? SUPPRESSION_BOUNCE : SUPPRESSION_UNSUBSCRIBE;
	int32_t suppression_id;
	struct error why;

	if (!email_address_check(address, &why))
		return error_set(error, "\"%.80s\" %s", address, why.text);
	if (suppression_add(call->connection, call->account_id, kind, address, &suppression_id,
		error) != DB_STATUS_OK)
		return false;
	suppression_tell(call, kind, address);
	return true;
}

static bool
suppression_remove(const struct command_call *call, enum suppression_kind kind, const char *address,
    bool *removed, struct error *error)
{
	int32_t suppression_id;
	bool found = false;

	if (suppression_delete(call->connection, call->account_id, kind, address, &suppression_id,
		&found, error) != DB_STATUS_OK)
		return false;
	if (found)
		suppression_tell(call, kind, address);
	*removed = *removed || found;
	return true;
}

static bool
suppression_action_remove(const struct command_call *call, struct error *error)
{
	g_autofree char *address = g_strstrip(g_strdup(call->operand[0]));
	bool removed = false;

	if (call->chosen != LISTS_UNSUBSCRIBE &&
	    !suppression_remove(call, SUPPRESSION_BOUNCE, address, &removed, error))
		return false;
	if (call->chosen != LISTS_BOUNCE &&
	    !suppression_remove(call, SUPPRESSION_UNSUBSCRIBE, address, &removed, error))
		return false;
	return removed ||
	    error_set(error,
		"\"%.320s\" is not on %s list of \"%s\"; bracemail suppression list shows who is",
		address, call->chosen == LISTS_BOTH ? "a" : "that", call->options->account);
}

static const struct command_action suppression_actions[] = {
    {"list", 0, suppression_check_times, suppression_action_list},
    {"add", 1, suppression_check_add, suppression_action_add},
    {"remove", 1, suppression_check_kind, suppression_action_remove},
    {"import", 1, suppression_check_kind, suppression_file_import},
    {"export", 0, suppression_check_export, suppression_action_export},
    {.word = NULL},
};

static enum command_exit
suppression_run(const struct command_options *options)
{
	return command_action_run(&command_suppression, suppression_actions, options);
}

const struct command command_suppression = {.name = "suppression",
    .run = suppression_run,
    .takes = COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_JSON | COMMAND_TAKES_KIND | COMMAND_TAKES_TIMES,
    .operands_max = 2,
    .summary = "whom an account does not mail, and why; add, remove, import, export",
    .usage = "suppression list | add ADDRESS | remove ADDRESS | import FILE | export "
	     "--account NAME [--kind bounce|unsubscribe] [--since TIME] [--until TIME] [--json]",
    .help =
	"Works while the server runs or not. Addresses in any case of letters.\n\n"
	"  list              who is on the bounce list and the unsubscribe list: since when, by which reply\n"
	"                    and which campaign, if it was one\n"
	"  add ADDRESS       to the list that --kind names\n"
	"  remove ADDRESS    from both lists, or from the one; its bounces are forgiven\n"
	"  import FILE       entries out of a CSV file (UTF-8; - is standard input). Its first row names the\n"
	"                    columns: EmailAddress, and those of Kind, SMTPCode, StatusCode and Since that\n"
	"                    are there; others are not read. Addresses alone, a line each, need no such row.\n"
	"                    Who is on the list stays there as he is. All rows are imported or none\n"
	"  export            both lists, or the one, as such a file, on standard output\n\n"
	"  --account NAME    whose lists\n"
	"  --kind KIND       bounce or unsubscribe: that list alone\n"
	"  --since TIME, --until TIME\n"
	"                    list, export: entries made from then on, and up to then: 2026-03-19, for a day\n"
	"                    as a whole, or 2026-03-19T14:05:00Z\n"
	"  --json            JSON, one object a change; times are UTC\n"};
