/* Which of an account's groups an operator means: e-mail groups and transactional groups have names of their own. */
#ifndef SERVER_GROUP_CHOICE_H
#define SERVER_GROUP_CHOICE_H

#include "server/command_action.h"

enum group_kind { GROUP_ANY, GROUP_EMAIL, GROUP_TRANSACTIONAL };

struct group_chosen {
	enum group_kind kind; /* never GROUP_ANY */
	int32_t group_id;
	bool is_default;
};

/* "email", "transactional" */
const char *group_kind_name(enum group_kind kind);

/* What --kind says: COMMAND_DONE, or what command_usage_error() returned. */
enum command_exit group_kind_read(const struct command_options *options, enum group_kind *kind);

/* The group of that name, any case, of the kind that call->chosen allows. Fails where there is none, or one of each kind. */
bool group_choice_find(const struct command_call *call, const char *name,
    struct group_chosen *chosen, struct error *error);

/* A name for a group to be (g_free); NULL: it is none, as the API says too. */
char *group_choice_new_name(enum group_kind kind, const char *name, struct error *error);

#endif
