#include "server/command.h"

#include <stdio.h>
#include <unistd.h>

#include "db/migrate.h"

#include "server/command_database.h"

/* On a terminal the one that is under way is shown, too. */
static void
migrate_tell(void *arg, const char *name, int number, int count, double seconds)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;

	(void)arg;
	if (seconds < 0) {
		if (is_terminal)
			fprintf(stderr, "%d of %d: %s ...", number, count, name);
		return;
	}
	if (is_terminal)
		fputs("\r\033[K", stderr);
	printf("%d of %d: %s, %.2f s\n", number, count, name, seconds);
	fflush(stdout);
}

static enum command_exit
migrate_run(const struct command_options *options)
{
	struct config *config = command_load_config(options);
	const struct db_migrate_progress progress = {.each = migrate_tell};
	struct command_database database;
	struct error error;
	int applied = 0;
	bool done;

	if (config == NULL)
		return COMMAND_FAILED;
	done = command_database_open(config, COMMAND_SCHEMA_MIGRATES, &database, &error);
	if (done) {
		done = db_migrate_telling(database.connection, &progress, &applied, &error);
		command_database_close(&database);
	}
	config_free(config);
	if (!done) {
		if (isatty(STDERR_FILENO))
			fputs("\r\033[K", stderr);
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
    .help = "Brings the schema of the database up to date. Several may run at once.\n"
	    "Each step is told with its seconds.\n"};
