#include "server/account_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/account.h"

#include "server/account_setting.h"
#include "server/command_json.h"

struct account_print {
	bool is_json;
	int64_t count;
};

static void
json_add_limit(JsonObject *object, const char *name, const struct account_listed_limit *limit)
{
	JsonObject *told;

	if (!limit->is_set) {
		json_object_set_null_member(object, name);
		return;
	}
	told = json_object_new();
	json_object_set_int_member(told, "limit", limit->limit);
	json_object_set_int_member(told, "used", limit->used);
	json_object_set_object_member(object, name, told);
}

static JsonArray *
json_networks(const char *networks)
{
	g_auto(GStrv) each = g_strsplit(networks, " ", -1);
	JsonArray *array = json_array_new();

	for (char **network = each; *network != NULL; network++)
		if (**network != '\0')
			json_array_add_string_element(array, *network);
	return array;
}

static void
print_json(const struct account_print *print, const struct account_listed *account)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "id", account->account_id);
	command_json_add_text(object, "name", account->name);
	json_object_set_array_member(object, "networks", json_networks(account->networks));
	command_json_add_text(
	    object, "manager", *account->manager != '\0' ? account->manager : NULL);
	json_object_set_boolean_member(object, "keep_mail_from", account->keeps_mail_from);
	command_json_add_text(object, "failure_notices", account_setting_notices(account->notices));
	json_add_limit(object, "hour", &account->hour);
	json_add_limit(object, "day", &account->day);
	if (account->retention_days > 0)
		json_object_set_int_member(object, "retention_days", account->retention_days);
	else
		json_object_set_null_member(object, "retention_days");
	command_json_array_add(print->count, "accounts", object);
}

static void
print_limit(const char *before, const struct account_listed_limit *limit, const char *unit)
{
	if (limit->is_set)
		printf("%s%" PRId64 "/%" PRId64 " %s", before, limit->used, limit->limit, unit);
}

static void
print_text(const struct account_listed *account)
{
	printf("%" PRId64 "\t%s\t%s\t", account->account_id, account->name, account->networks);
	print_limit("", &account->hour, "an hour");
	print_limit(account->hour.is_set ? ", " : "", &account->day, "a day");
	if (account->retention_days > 0)
		printf("%s%d days kept", account->hour.is_set || account->day.is_set ? ", " : "",
		    account->retention_days);
	putchar('\n');
}

static void
print_account(void *arg, const struct account_listed *account)
{
	struct account_print *print = arg;

	if (print->is_json)
		print_json(print, account);
	else
		print_text(account);
	print->count++;
}

bool
account_print_list(struct db_connection *connection, bool is_json, struct error *error)
{
	struct account_print print = {.is_json = is_json};

	if (account_list(connection, print_account, &print, error) != DB_STATUS_OK)
		return false;
	if (is_json) {
		command_json_array_end(print.count, "accounts");
		puts("}");
	}
	return true;
}

void
account_print_changed(const char *action, const char *name, int64_t account_id)
{
	JsonObject *object = json_object_new();

	command_json_add_text(object, "action", action);
	command_json_add_text(object, "name", name);
	if (account_id != 0)
		json_object_set_int_member(object, "id", account_id);
	command_json_print_document(object);
}
