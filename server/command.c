#include "server/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/dev.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_DEV,
	OPTION_ONLY,
	OPTION_PASSWORD_STDIN,
	OPTION_SELECTOR,
	OPTION_ALGORITHM,
	OPTION_BITS,
	OPTION_HELP
};

static const struct option command_long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG}, {"dev", no_argument, NULL, OPTION_DEV},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"password-stdin", no_argument, NULL, OPTION_PASSWORD_STDIN},
    {"selector", required_argument, NULL, OPTION_SELECTOR},
    {"algorithm", required_argument, NULL, OPTION_ALGORITHM},
    {"bits", required_argument, NULL, OPTION_BITS}, {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0}};

static void
command_print_error(const char *format, va_list arguments)
{
	fflush(stdout);
	fputs("bracemail: ", stderr);
	vfprintf(stderr, format, arguments);
}

void
command_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	command_print_error(format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

enum command_exit
command_usage_error(const struct command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	command_print_error(format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see bracemail %s --help\n", command->name);
	return COMMAND_USAGE;
}

static void
command_print_help(const struct command *command)
{
	printf("usage: bracemail %s\n\n%s", command->usage, command->help);
	printf("\n  --config FILE     the configuration (default: " CONFIG_DEFAULT_PATH
	       ", if there is one)\n"
	       "  --dev             development: everything under ./var, on 127.0.0.1\n"
	       "  --help            this text\n");
}

static bool
command_parse_only(const char *text, unsigned *parts)
{
	*parts = strcmp(text, "api") == 0 ? PREFLIGHT_API
	    : strcmp(text, "relay") == 0  ? PREFLIGHT_RELAY
					  : 0;
	return *parts != 0;
}

/* Whether the option is one of a key's. */
static bool
command_parse_key(int option, struct command_options *options)
{
	switch (option) {
	case OPTION_SELECTOR:
		options->selector = optarg;
		return true;
	case OPTION_ALGORITHM:
		options->algorithm = optarg;
		return true;
	case OPTION_BITS:
		options->bits = optarg;
		return true;
	default:
		return false;
	}
}

enum command_parsed { COMMAND_PARSED, COMMAND_HELPED, COMMAND_MISUSED };

static enum command_parsed
command_parse(const struct command *command, int argc, char **argv, struct command_options *options)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", command_long_options, NULL)) != -1) {
		if (option == 'h' || option == OPTION_HELP) {
			command_print_help(command);
			return COMMAND_HELPED;
		} else if (option == OPTION_CONFIG) {
			options->config_path = optarg;
		} else if (option == OPTION_DEV) {
			options->profile = CONFIG_PROFILE_DEV;
		} else if (option == OPTION_ONLY && (command->takes & COMMAND_TAKES_ONLY)) {
			if (!command_parse_only(optarg, &options->parts)) {
				command_usage_error(
				    command, "--only takes api or relay, not \"%s\"", optarg);
				return COMMAND_MISUSED;
			}
		} else if (option == OPTION_PASSWORD_STDIN &&
		    (command->takes & COMMAND_TAKES_PASSWORD_STDIN)) {
			options->password_from_stdin = true;
		} else if ((command->takes & COMMAND_TAKES_KEY) &&
		    command_parse_key(option, options)) {
			continue;
		} else if (option == ':') {
			command_usage_error(command, "%s takes a value", argv[optind - 1]);
			return COMMAND_MISUSED;
		} else {
			command_usage_error(
			    command, "%s has no option %s", command->name, argv[optind - 1]);
			return COMMAND_MISUSED;
		}
	}
	options->operands = argv + optind;
	options->operand_count = argc - optind;
	if (options->operand_count <= command->operands_max)
		return COMMAND_PARSED;
	command_usage_error(
	    command, "\"%s\" is one word too many", options->operands[command->operands_max]);
	return COMMAND_MISUSED;
}

enum command_exit
command_run(const struct command *command, int argc, char **argv)
{
	struct command_options options = {
	    .profile = CONFIG_PROFILE_PRODUCTION, .parts = PREFLIGHT_API | PREFLIGHT_RELAY};

	switch (command_parse(command, argc, argv, &options)) {
	case COMMAND_PARSED:
		return command->run(&options);
	case COMMAND_HELPED:
		return COMMAND_DONE;
	case COMMAND_MISUSED:
		return COMMAND_USAGE;
	}
	return COMMAND_FAILED;
}

void
command_print_problems(const GPtrArray *problems)
{
	for (guint i = 0; i < problems->len; i++)
		command_error("%s", (const char *)problems->pdata[i]);
}

struct config *
command_try_config(const struct command_options *options, GPtrArray *problems)
{
	const char *path = options->config_path;
	struct config *config;
	struct error error;

	if (path == NULL && options->profile == CONFIG_PROFILE_PRODUCTION &&
	    access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		path = CONFIG_DEFAULT_PATH;
	config = config_load(path, options->profile, problems);
	if (config == NULL || config->profile != CONFIG_PROFILE_DEV || dev_prepare(config, &error))
		return config;
	g_ptr_array_add(problems, g_strdup(error.text));
	config_free(config);
	return NULL;
}

struct config *
command_load_config(const struct command_options *options)
{
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
	struct config *config = command_try_config(options, problems);

	command_print_problems(problems);
	g_ptr_array_free(problems, TRUE);
	return config;
}
