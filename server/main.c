#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int
main_run(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

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

/* Where one of the three standard files is closed, a connection would get its number, and what is printed. */
static void
main_open_standard_files(void)
{
	int file;

	do
		file = open("/dev/null", O_RDWR);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0)
		close(file);
}

int
main(int argc, char **argv)
{
	struct error error;
	int outcome;

	/* State is its owner's alone; other users may pass through folders that say so. */
	umask(066);
	main_open_standard_files();
	log_open("bracemail", LOG_LEVEL_WARNING);
	process_title_prepare(argc, argv);
	outcome = main_run(argc, argv);
	if (outcome != COMMAND_DONE || command_flush(&error))
		return outcome;
	command_error("%s", error.text);
	return COMMAND_FAILED;
}
