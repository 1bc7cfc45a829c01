#include "server/command.h"

#include <stdio.h>

#include "db/migrate.h"

#include "server/command_database.h"

static enum command_exit
migrate_run(const struct command_options *options)
{
	struct config *config = command_load_config(options);
	struct command_database database;
	struct error error;
	int applied = 0;
	bool done;

	if (config == NULL)
		return COMMAND_FAILED;
	done = command_database_open(config, COMMAND_SCHEMA_MIGRATES, &database, &error);
	if (done) {
		done = db_migrate(database.connection, &applied, &error);
		command_database_close(&database);
	}
	config_free(config);
	if (!done) {
		command_error("%s", error.text);
		return COMMAND_FAILED;
	}
	if (applied == 0)
		printf("The schema is up to date.\n");
	else
		printf("The schema is up to date: %d migration%s applied.\n", applied,
		    applied == 1 ? "" : "s");
	return COMMAND_DONE;
}

const struct command command_migrate = {.name = "migrate",
    .run = migrate_run,
    .summary = "bring the database's schema up to date (serve does it too)",
    .usage = "migrate [--config FILE] [--dev]",
    .help = "Brings the schema of the database up to date. Several may run at once.\n"};
