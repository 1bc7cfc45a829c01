#include "server/command_action.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"

enum { ANSWER_SIZE = 16 };

static const struct command_action *
action_find(const struct command_action *actions, const char *word)
{
	for (; actions->word != NULL; actions++)
		if (strcmp(actions->word, word) == 0)
			return actions;
	return NULL;
}

static bool
action_act(const struct command_action *action, struct command_call *call,
    const struct config *config, struct error *error)
{
	struct command_database database;
	bool done;

	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	call->connection = database.connection;
	done = command_database_find_account(
		   call->connection, call->options->account, &call->account_id, error) &&
	    action->run(call, error);
	command_database_close(&database);
	return done;
}

static enum command_exit
action_open_and_act(const struct command_action *action, struct command_call *call)
{
	struct config *config = command_load_config(call->options);
	struct error error;
	bool done;

	if (config == NULL)
		return COMMAND_FAILED;
	done = action_act(action, call, config, &error);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit
command_action_run(const struct command *command, const struct command_action *actions,
    const struct command_options *options)
{
	struct command_call call = {.options = options};
	const struct command_action *action;

	if (options->operand_count == 0)
		return command_usage_error(command, "%s does what?", command->name);
	action = action_find(actions, options->operands[0]);
	if (action == NULL)
		return command_usage_error(
		    command, "%s cannot \"%s\"", command->name, options->operands[0]);
	if (options->operand_count != action->operands + 1)
		return command_usage_error(command, "%s %s takes %d word%s after it", command->name,
		    action->word, action->operands, action->operands == 1 ? "" : "s");
	if (options->account == NULL)
		return command_usage_error(command, "%s %s of which account? --account says it",
		    command->name, action->word);
	for (int i = 0; i < action->operands; i++)
		call.operand[i] = options->operands[i + 1];
	if (action->check != NULL && action->check(&call) != COMMAND_DONE)
		return COMMAND_USAGE;
	return action_open_and_act(action, &call);
}

enum command_exit
command_action_confirm(const struct command *command, const struct command_options *options)
{
	if (options->yes || isatty(STDIN_FILENO))
		return COMMAND_DONE;
	return command_usage_error(
	    command, "no terminal to ask whether it is meant: --yes does it without a question");
}

bool
command_action_ask(
    const struct command_options *options, struct error *error, const char *format, ...)
{
	g_autoptr(GString) printable = g_string_new(NULL);
	g_autofree char *question = NULL;
	char answer[ANSWER_SIZE] = "";
	va_list arguments;

	if (options->yes)
		return true;
	va_start(arguments, format);
	question = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	printable_append(printable, question, PRINTABLE_LINE);
	fprintf(stderr, "%s? [y/N] ", printable->str);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		fputc('\n', stderr);
	return answer[0] == 'y' || answer[0] == 'Y' || error_set(error, "nothing was changed");
}
