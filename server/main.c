#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

#include "server/command.h"
#include "server/process_title.h"

#define BRACEMAIL_VERSION "0.1.0"

static const struct command *const commands[] = {&command_serve, &command_check, &command_migrate,
    &command_account, &command_dkim, &command_group, &command_campaign, &command_suppression,
    &command_queue, &command_log, &command_top, &command_bench, &command_restored, NULL};

static int
main_help(void)
{
	printf("usage: bracemail COMMAND ...\n\n");
	for (int i = 0; commands[i] != NULL; i++)
		printf("  %-11s %s\n", commands[i]->name, commands[i]->summary);
	printf("  %-11s %s\n\n", "version", "print the version");
	printf("bracemail COMMAND --help tells more. To try it: bracemail serve --dev\n");
	return COMMAND_DONE;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	/* State is its owner's alone; other users may pass through folders that say so. */
	umask(066);
	log_open("bracemail", LOG_LEVEL_WARNING);
	process_title_prepare(argc, argv);
	for (int i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->name, word) == 0)
			return (int)command_run(commands[i], argc - 1, argv + 1);
	if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
		printf("bracemail " BRACEMAIL_VERSION "\n");
		return COMMAND_DONE;
	}
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return main_help();
	if (word[0] == '\0')
		command_error("which command? bracemail --help lists them");
	else
		command_error("there is no command \"%s\"; bracemail --help lists them", word);
	return COMMAND_USAGE;
}
