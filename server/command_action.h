/*
 * Commands that do something of one account's: `bracemail group show NAME --account ACCOUNT`. Each has a table of actions; what they
 * have in common (words, the account, the database) is here.
 */
#ifndef SERVER_COMMAND_ACTION_H
#define SERVER_COMMAND_ACTION_H

#include "server/command.h"
#include "server/command_database.h"

/* What one action works with. */
struct command_call {
	const struct command_options *options;
	const char *operand[2]; /* behind the action; NULL: not given */
	struct db_connection *connection;
	int64_t account_id;
	unsigned chosen; /* what the action's check made of options */
};

struct command_action {
	const char *word;
	int operands;
	/* What is wrong with the options is told by command_usage_error(), and COMMAND_USAGE returned. May be NULL. */
	enum command_exit (*check)(struct command_call *call);
	bool (*run)(const struct command_call *call, struct error *error);
};

/* actions: ended by one without a word. */
enum command_exit command_action_run(const struct command *command,
    const struct command_action *actions, const struct command_options *options);

/* For a check: whether what cannot be undone may be done. A question is asked on a terminal, where there is no --yes. */
enum command_exit command_action_confirm(
    const struct command *command, const struct command_options *options);

/* The question itself, for run. format: "delete ...". Returns whether the answer, or --yes, was yes. */
bool command_action_ask(const struct command_options *options, struct error *error,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
