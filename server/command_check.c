#include "server/command.h"

#include <stdio.h>

#include "db/connection.h"

#include "server/config_parse.h"

/* Only a named database: a private one is made when it is needed. */
static void
check_database(const struct config *config, GPtrArray *problems)
{
	struct db_connection *connection;
	struct error error;

	if (config->database == NULL)
		return;
	connection = db_connection_create(config->database);
	if (db_query(connection, "SELECT 1", 0, NULL, NULL, &error) != DB_STATUS_OK)
		config_problem(problems, config->path, 0, "%s", error.text);
	db_connection_destroy(connection);
}

/* What is right, and yet less than an operator may think. */
static void
check_print_notes(const struct config *config)
{
	const char *base = config->deliver.unsubscribe_base;

	if (base == NULL)
		printf(
		    "Note: api.public_url is not set: campaigns leave without a link in List-Unsubscribe, which has a mail address alone, and for "
		    "%%%%UnsubscribeURL%%%%. Set it to the https:// address by which the world reaches the API's server.\n");
	else if (!g_str_has_prefix(base, "https://"))
		printf(
		    "Note: links to unsubscribe begin with %s: mail providers offer one click for https:// alone.\n",
		    base);
}

static enum command_exit
check_run(const struct command_options *options)
{
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
	struct config *config = command_try_config(options, problems);
	enum command_exit outcome = COMMAND_FAILED;

	if (config != NULL) {
		preflight_certificates(config, problems);
		check_database(config, problems);
	}
	command_print_problems(problems);
	if (config != NULL && problems->len == 0) {
		printf("%s is right.\n",
		    config->path != NULL ? config->path : "The built-in configuration");
		check_print_notes(config);
		outcome = COMMAND_DONE;
	}
	g_ptr_array_free(problems, TRUE);
	config_free(config);
	return outcome;
}

const struct command command_check = {.name = "check",
    .run = check_run,
    .summary = "say what is wrong with a configuration, with file and line",
    .usage = "check [--config FILE] [--dev]",
    .help =
	"Says everything that is wrong with the configuration: unknown keys, wrong values, certificates\n"
	"that cannot be used, a database that does not answer. Changes nothing; a server may run.\n"};
