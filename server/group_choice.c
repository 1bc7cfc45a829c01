#include "server/group_choice.h"

#include <string.h>

#include <glib.h>

#include "base/group_name.h"
#include "db/email_group.h"
#include "db/transactional_group.h"

static const char *const kind_names[] = {
    [GROUP_ANY] = "",
    [GROUP_EMAIL] = "email",
    [GROUP_TRANSACTIONAL] = "transactional",
};

const char *
group_kind_name(enum group_kind kind)
{
	return kind_names[kind];
}

enum command_exit
group_kind_read(const struct command_options *options, enum group_kind *kind)
{
	*kind = GROUP_ANY;
	if (options->kind == NULL)
		return COMMAND_DONE;
	for (*kind = GROUP_EMAIL; *kind <= GROUP_TRANSACTIONAL; ++*kind)
		if (strcmp(options->kind, kind_names[*kind]) == 0)
			return COMMAND_DONE;
	return command_usage_error(
	    &command_group, "--kind takes email or transactional, not \"%s\"", options->kind);
}

static bool
find_email(const struct command_call *call, const char *name, struct group_chosen *chosen,
    bool *found, struct error *error)
{
	if (call->chosen == GROUP_TRANSACTIONAL)
		return true;
	chosen->kind = GROUP_EMAIL;
	return email_group_find(call->connection, call->account_id, name, &chosen->group_id, found,
		   error) == DB_STATUS_OK;
}

static bool
find_transactional(const struct command_call *call, const char *name, struct group_chosen *chosen,
    bool *found, struct error *error)
{
	struct transactional_group group;

	if (call->chosen == GROUP_EMAIL)
		return true;
	if (transactional_group_find_name(
		call->connection, call->account_id, name, &group, found, error) != DB_STATUS_OK)
		return false;
	if (*found)
		*chosen =
		    (struct group_chosen){GROUP_TRANSACTIONAL, group.group_id, group.is_default};
	return true;
}

bool
group_choice_find(const struct command_call *call, const char *name, struct group_chosen *chosen,
    struct error *error)
{
	g_autofree char *trimmed = g_strstrip(g_strdup(name));
	bool is_email = false, is_transactional = false;

	*chosen = (struct group_chosen){.kind = GROUP_ANY};
	if (!find_email(call, trimmed, chosen, &is_email, error) ||
	    !find_transactional(call, trimmed, chosen, &is_transactional, error))
		return false;
	if (is_email && is_transactional)
		return error_set(error,
		    "\"%s\" is an e-mail group and a transactional group: --kind email or transactional says which",
		    trimmed);
	return is_email || is_transactional ||
	    error_set(error, "there is no %s%sgroup named \"%s\"; bracemail group list shows all",
		call->chosen == GROUP_EMAIL ? "e-mail" : kind_names[call->chosen],
		call->chosen == GROUP_ANY ? "" : " ", trimmed);
}

char *
group_choice_new_name(enum group_kind kind, const char *name, struct error *error)
{
	char *parsed = group_name_parse(name, error);
	struct error why;

	if (parsed == NULL) {
		why = *error;
		error_set(error, "\"%.80s\" cannot be a group's name: it %s", name, why.text);
	} else if (kind == GROUP_TRANSACTIONAL &&
	    g_ascii_strcasecmp(parsed, TRANSACTIONAL_GROUP_DEFAULT_NAME) == 0) {
		error_set(error, "no group can be named \"%s\"", TRANSACTIONAL_GROUP_DEFAULT_NAME);
		g_clear_pointer(&parsed, g_free);
	}
	return parsed;
}
