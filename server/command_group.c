#include "server/command_action.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/email_group.h"
#include "db/transactional_group.h"

#include "server/command_json.h"
#include "server/group_choice.h"
#include "server/group_file.h"
#include "server/group_print.h"

static enum command_exit
group_check_kind(struct command_call *call)
{
	enum group_kind kind;
	enum command_exit outcome = group_kind_read(call->options, &kind);

	call->chosen = kind;
	return outcome;
}

static enum command_exit
group_check_delete(struct command_call *call)
{
	if (group_check_kind(call) != COMMAND_DONE)
		return COMMAND_USAGE;
	return command_action_confirm(&command_group, call->options);
}

/* Files are of members, which e-mail groups alone have; and what is exported is CSV, whoever reads it. */
static enum command_exit
group_check_file(struct command_call *call)
{
	if (group_check_kind(call) != COMMAND_DONE)
		return COMMAND_USAGE;
	if (call->chosen == GROUP_TRANSACTIONAL)
		return command_usage_error(&command_group,
		    "a transactional group has no members: %s is for e-mail groups",
		    call->options->operands[0]);
	return COMMAND_DONE;
}

static enum command_exit
group_check_export(struct command_call *call)
{
	if (call->options->json)
		return command_usage_error(&command_group, "group export writes CSV, not JSON");
	return group_check_file(call);
}

/* What was changed: in words nothing but the id of what is new. */
static void
group_tell(const struct command_call *call, enum group_kind kind, int32_t group_id)
{
	if (call->options->json) {
		JsonObject *object = json_object_new();

		command_json_add_text(object, "action", call->options->operands[0]);
		command_json_add_text(object, "kind", group_kind_name(kind));
		json_object_set_int_member(object, "id", group_id);
		command_json_print_document(object);
	}
}

static bool
group_taken(const char *name, struct error *error)
{
	return error_set(error, "there is a group named \"%s\" already", name);
}

static bool
group_action_add(const struct command_call *call, struct error *error)
{
	enum group_kind kind =
	    call->chosen == GROUP_TRANSACTIONAL ? GROUP_TRANSACTIONAL : GROUP_EMAIL;
	g_autofree char *name = group_choice_new_name(kind, call->operand[0], error);
	enum db_status status;
	int32_t group_id;

	if (name == NULL)
		return false;
	status = kind == GROUP_EMAIL
	    ? email_group_create(call->connection, call->account_id, name, &group_id, error)
	    : transactional_group_create(
		  call->connection, call->account_id, name, &group_id, error);
	if (status == DB_STATUS_UNIQUE)
		return group_taken(name, error);
	if (status != DB_STATUS_OK)
		return false;
	group_tell(call, kind, group_id);
	if (!call->options->json)
		printf("%" PRId32 "\n", group_id);
	return true;
}

static bool
group_action_show(const struct command_call *call, struct error *error)
{
	struct group_chosen chosen;

	return group_choice_find(call, call->operand[0], &chosen, error) &&
	    group_print_one(call, &chosen, error);
}

static bool
group_action_rename(const struct command_call *call, struct error *error)
{
	struct group_chosen chosen;
	g_autofree char *old_name = g_strstrip(g_strdup(call->operand[0]));
	g_autofree char *new_name = NULL;
	enum db_status status;
	bool found = false;

	if (!group_choice_find(call, old_name, &chosen, error))
		return false;
	if (chosen.is_default)
		return error_set(error, "the default transactional group cannot be renamed");
	new_name = group_choice_new_name(chosen.kind, call->operand[1], error);
	if (new_name == NULL)
		return false;
	status = chosen.kind == GROUP_EMAIL
	    ? email_group_rename(call->connection, call->account_id, old_name, new_name,
		  &chosen.group_id, &found, error)
	    : transactional_group_rename(
		  call->connection, call->account_id, chosen.group_id, new_name, &found, error);
	if (status == DB_STATUS_UNIQUE)
		return group_taken(new_name, error);
	if (status != DB_STATUS_OK)
		return false;
	if (!found)
		return error_set(error, "group \"%s\" was deleted meanwhile", old_name);
	group_tell(call, chosen.kind, chosen.group_id);
	return true;
}

static bool
group_action_delete(const struct command_call *call, struct error *error)
{
	struct group_chosen chosen;
	enum db_status status;
	bool found = false;

	if (!group_choice_find(call, call->operand[0], &chosen, error))
		return false;
	if (chosen.is_default)
		return error_set(error, "the default transactional group cannot be deleted");
	if (!command_action_ask(call->options, error, "delete the %s group \"%s\"%s",
		chosen.kind == GROUP_EMAIL ? "e-mail" : "transactional", call->operand[0],
		chosen.kind == GROUP_EMAIL ? " and its members" : ""))
		return false;
	status = chosen.kind == GROUP_EMAIL ? email_group_delete_by_id(call->connection,
						  call->account_id, chosen.group_id, &found, error)
					    : transactional_group_delete(call->connection,
						  call->account_id, chosen.group_id, &found, error);
	if (status != DB_STATUS_OK)
		return false;
	if (!found)
		return error_set(error, "group \"%s\" was deleted meanwhile", call->operand[0]);
	group_tell(call, chosen.kind, chosen.group_id);
	return true;
}

static const struct command_action group_actions[] = {
    {"list", 0, group_check_kind, group_print_list},
    {"add", 1, group_check_kind, group_action_add},
    {"show", 1, group_check_kind, group_action_show},
    {"rename", 2, group_check_kind, group_action_rename},
    {"delete", 1, group_check_delete, group_action_delete},
    {"import", 2, group_check_file, group_file_import},
    {"export", 1, group_check_export, group_file_export},
    {.word = NULL},
};

static enum command_exit
group_run(const struct command_options *options)
{
	return command_action_run(&command_group, group_actions, options);
}

const struct command command_group = {.name = "group",
    .run = group_run,
    .takes = COMMAND_TAKES_ACCOUNT | COMMAND_TAKES_JSON | COMMAND_TAKES_KIND | COMMAND_TAKES_YES,
    .operands_max = 3,
    .summary = "an account's e-mail groups and transactional groups; import, export members",
    .usage = "group list | add NAME | show NAME | rename NAME NEW | delete NAME [--yes] | "
	     "import NAME FILE | export NAME --account NAME [--kind email|transactional] [--json]",
    .help =
	"Works while the server runs or not. Names in any case of letters.\n\n"
	"  list              all groups, with the number of their members, or messages that are kept\n"
	"  add NAME          make a group, print its id: an e-mail group, or what --kind says\n"
	"  show NAME         its fields and members, or what is kept and waits of its mail\n"
	"  rename NAME NEW   its id, and what was sent in it, stay\n"
	"  delete NAME       an e-mail group with its members; what was sent in a transactional one\n"
	"                    stays in the reports, without a group\n"
	"  import NAME FILE  members out of a CSV file (UTF-8; - is standard input). Its first row names\n"
	"                    the columns: EmailAddress (or Email, or else the first) is the address, the\n"
	"                    others are fields, which are made where they are missing. Who is a member\n"
	"                    gets the new values. All rows are imported or none\n"
	"  export NAME       members as such a file, on standard output\n\n"
	"  --account NAME    whose groups\n"
	"  --kind KIND       email or transactional: where both have a group of that name\n"
	"  --yes             delete without a question\n"
	"  --json            one JSON document; times are UTC\n"};
