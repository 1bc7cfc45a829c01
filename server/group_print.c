#include "server/group_print.h"

#include <inttypes.h>
#include <stdio.h>

#include <glib.h>

#include "base/clock.h"
#include "db/email_group.h"
#include "db/email_group_report.h"
#include "db/transactional_group_report.h"

#include "server/command_json.h"

struct group_print {
	const struct command_call *call;
	int64_t count;
};

static JsonObject *
json_group(enum group_kind kind, int32_t group_id, const char *name)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "kind", group_kind_name(kind));
	json_object_set_int_member(object, "id", group_id);
	command_json_add_text(object, "name", name);
	return object;
}

static JsonObject *
json_transactional(const struct transactional_group_report *group)
{
	JsonObject *object = json_group(GROUP_TRANSACTIONAL, group->group_id, group->name);

	json_object_set_boolean_member(object, "default", group->is_default);
	json_object_set_int_member(object, "messages", group->messages);
	json_object_set_int_member(object, "waiting", group->waiting);
	command_json_add_time(object, "last_message_at", group->last_at);
	return object;
}

static void
print_head(const struct group_print *print)
{
	if (print->count == 0)
		printf("%9s %-13s %9s %9s %s\n", "ID", "KIND", "MEMBERS", "MESSAGES", "NAME");
}

static bool
print_email(void *arg, int32_t group_id, const char *name, int64_t members)
{
	struct group_print *print = arg;

	if (print->call->options->json) {
		JsonObject *object = json_group(GROUP_EMAIL, group_id, name);

		json_object_set_int_member(object, "members", members);
		command_json_array_add(print->count, "groups", object);
	} else {
		print_head(print);
		command_print_line("%9" PRId32 " %-13s %9" PRId64 " %9s %s", group_id,
		    group_kind_name(GROUP_EMAIL), members, "", name);
	}
	print->count++;
	return true;
}

static void
print_transactional(void *arg, const struct transactional_group_report *group)
{
	struct group_print *print = arg;

	if (print->call->options->json) {
		command_json_array_add(print->count, "groups", json_transactional(group));
	} else {
		print_head(print);
		command_print_line("%9" PRId32 " %-13s %9s %9" PRId64 " %s", group->group_id,
		    group_kind_name(GROUP_TRANSACTIONAL), "", group->messages, group->name);
	}
	print->count++;
}

bool
group_print_list(const struct command_call *call, struct error *error)
{
	struct group_print print = {.call = call};

	if (call->chosen != GROUP_TRANSACTIONAL &&
	    email_group_list(call->connection, call->account_id, print_email, &print, error) !=
		DB_STATUS_OK)
		return false;
	if (call->chosen != GROUP_EMAIL &&
	    transactional_group_report(call->connection, call->account_id, 0, print_transactional,
		&print, error) != DB_STATUS_OK)
		return false;
	if (call->options->json) {
		command_json_array_end(print.count, "groups");
		puts("}");
	} else if (print.count == 0) {
		puts("no groups");
	}
	return true;
}

/* What email_group_list() says of one. */
struct group_sought {
	int32_t group_id;
	char *name;
	int64_t members;
};

static bool
take_sought(void *arg, int32_t group_id, const char *name, int64_t members)
{
	struct group_sought *sought = arg;

	if (group_id != sought->group_id)
		return true;
	sought->name = g_strdup(name);
	sought->members = members;
	return false;
}

static void
print_email_json(const struct group_sought *sought, const struct email_group_fields *fields)
{
	JsonObject *object = json_group(GROUP_EMAIL, sought->group_id, sought->name);
	JsonArray *names = json_array_new();

	for (size_t i = 0; i < fields->count; i++)
		json_array_add_string_element(names, fields->names[i]);
	json_object_set_array_member(object, "fields", names);
	json_object_set_int_member(object, "members", sought->members);
	command_json_print_document(object);
}

static void
print_email_text(const struct group_sought *sought, const struct email_group_fields *fields)
{
	g_autofree char *names = g_strjoinv(", ", fields->names);

	command_print_line("e-mail group %" PRId32 ": %s", sought->group_id, sought->name);
	command_print_line("members: %" PRId64, sought->members);
	command_print_line("fields: %s", fields->count > 0 ? names : "none");
}

static bool
print_one_email(const struct command_call *call, int32_t group_id, struct error *error)
{
	struct group_sought sought = {.group_id = group_id};
	struct email_group_fields fields;

	if (email_group_list(call->connection, call->account_id, take_sought, &sought, error) !=
		DB_STATUS_OK ||
	    email_group_fields_read(call->connection, call->account_id, group_id, &fields, error) !=
		DB_STATUS_OK)
		return false;
	if (call->options->json)
		print_email_json(&sought, &fields);
	else
		print_email_text(&sought, &fields);
	email_group_fields_clear(&fields);
	g_free(sought.name);
	return true;
}

static void
print_one_transactional(void *arg, const struct transactional_group_report *group)
{
	const struct command_call *call = arg;
	char last[CLOCK_ISO_SIZE];

	if (call->options->json) {
		command_json_print_document(json_transactional(group));
		return;
	}
	command_print_line("transactional group %" PRId32 "%s: %s", group->group_id,
	    group->is_default ? " (the default)" : "", group->name);
	printf("messages: %" PRId64 "\nwaiting: %" PRId64 "\n", group->messages, group->waiting);
	printf(
	    "last message: %s\n", group->last_at != 0 ? clock_iso(group->last_at, last) : "none");
}

bool
group_print_one(
    const struct command_call *call, const struct group_chosen *chosen, struct error *error)
{
	struct command_call told = *call;

	if (chosen->kind == GROUP_EMAIL)
		return print_one_email(call, chosen->group_id, error);
	return transactional_group_report(call->connection, call->account_id, chosen->group_id,
		   print_one_transactional, &told, error) == DB_STATUS_OK;
}
