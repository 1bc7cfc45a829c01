#include "server/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"

#include "server/dev.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_DEV,
	OPTION_ONLY,
	OPTION_BESIDE,
	OPTION_PASSWORD_STDIN,
	OPTION_SELECTOR,
	OPTION_ALGORITHM,
	OPTION_BITS,
	OPTION_ACCOUNT,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_LIMIT,
	OPTION_JSON,
	OPTION_GROUP,
	OPTION_DESTINATION,
	OPTION_ADDRESS,
	OPTION_CAMPAIGN,
	OPTION_ALL,
	OPTION_KIND,
	OPTION_YES,
	OPTION_DNS,
	OPTION_DOMAIN,
	OPTION_ONCE,
	OPTION_MESSAGES,
	OPTION_SESSIONS,
	OPTION_BYTES,
	OPTION_SECONDS,
	OPTION_HELP
};

static const struct option command_long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG}, {"dev", no_argument, NULL, OPTION_DEV},
    {"only", required_argument, NULL, OPTION_ONLY}, {"beside", no_argument, NULL, OPTION_BESIDE},
    {"password-stdin", no_argument, NULL, OPTION_PASSWORD_STDIN},
    {"selector", required_argument, NULL, OPTION_SELECTOR},
    {"algorithm", required_argument, NULL, OPTION_ALGORITHM},
    {"bits", required_argument, NULL, OPTION_BITS},
    {"account", required_argument, NULL, OPTION_ACCOUNT},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"limit", required_argument, NULL, OPTION_LIMIT}, {"json", no_argument, NULL, OPTION_JSON},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"destination", required_argument, NULL, OPTION_DESTINATION},
    {"address", required_argument, NULL, OPTION_ADDRESS},
    {"campaign", required_argument, NULL, OPTION_CAMPAIGN}, {"all", no_argument, NULL, OPTION_ALL},
    {"kind", required_argument, NULL, OPTION_KIND}, {"yes", no_argument, NULL, OPTION_YES},
    {"dns", no_argument, NULL, OPTION_DNS}, {"domain", required_argument, NULL, OPTION_DOMAIN},
    {"messages", required_argument, NULL, OPTION_MESSAGES},
    {"sessions", required_argument, NULL, OPTION_SESSIONS},
    {"bytes", required_argument, NULL, OPTION_BYTES},
    {"seconds", required_argument, NULL, OPTION_SECONDS}, {"once", no_argument, NULL, OPTION_ONCE},
    {"help", no_argument, NULL, OPTION_HELP}, {NULL, 0, NULL, 0}};

bool
command_flush(struct error *error)
{
	errno = EIO; /* where an earlier write failed, whose reason is gone */
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	return error_set(error, "standard output: %s", strerror(errno));
}

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

void
command_print_line(const char *format, ...)
{
	g_autoptr(GString) printable = g_string_new(NULL);
	g_autofree char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	line = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	printable_append(printable, line, PRINTABLE_LINE);
	puts(printable->str);
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

/* Options whose value the command reads itself. */
static const struct command_value {
	int option;
	unsigned takes;
	size_t member; /* of struct command_options */
} command_values[] = {
    {OPTION_SELECTOR, COMMAND_TAKES_KEY, offsetof(struct command_options, selector)},
    {OPTION_ALGORITHM, COMMAND_TAKES_KEY, offsetof(struct command_options, algorithm)},
    {OPTION_BITS, COMMAND_TAKES_KEY, offsetof(struct command_options, bits)},
    {OPTION_ACCOUNT, COMMAND_TAKES_ACCOUNT, offsetof(struct command_options, account)},
    {OPTION_SINCE, COMMAND_TAKES_TIMES, offsetof(struct command_options, since)},
    {OPTION_UNTIL, COMMAND_TAKES_TIMES, offsetof(struct command_options, until)},
    {OPTION_LIMIT, COMMAND_TAKES_LIMIT, offsetof(struct command_options, limit)},
    {OPTION_GROUP, COMMAND_TAKES_QUEUE, offsetof(struct command_options, group)},
    {OPTION_DESTINATION, COMMAND_TAKES_QUEUE, offsetof(struct command_options, destination)},
    {OPTION_ADDRESS, COMMAND_TAKES_QUEUE, offsetof(struct command_options, address)},
    {OPTION_CAMPAIGN, COMMAND_TAKES_QUEUE, offsetof(struct command_options, campaign)},
    {OPTION_KIND, COMMAND_TAKES_KIND, offsetof(struct command_options, kind)},
    {OPTION_MESSAGES, COMMAND_TAKES_LOAD, offsetof(struct command_options, messages)},
    {OPTION_SESSIONS, COMMAND_TAKES_LOAD, offsetof(struct command_options, sessions)},
    {OPTION_BYTES, COMMAND_TAKES_LOAD, offsetof(struct command_options, bytes)},
    {OPTION_SECONDS, COMMAND_TAKES_LOAD, offsetof(struct command_options, seconds)},
};

/* Whether the option is one of those, and the command's. */
static bool
command_parse_value(const struct command *command, int option, struct command_options *options)
{
	for (size_t i = 0; i < sizeof(command_values) / sizeof(command_values[0]); i++)
		if (command_values[i].option == option) {
			*(const char **)((char *)options + command_values[i].member) = optarg;
			return (command->takes & command_values[i].takes) != 0;
		}
	return false;
}

/* An option that the command does not take. index: in command_long_options; -1: nothing takes it, and it is as given. */
static void
command_refuse_option(const struct command *command, int index, const char *given)
{
	if (index < 0)
		command_usage_error(command, "%s has no option %s", command->name, given);
	else
		command_usage_error(command, "%s has no option --%s", command->name,
		    command_long_options[index].name);
}

enum command_parsed { COMMAND_PARSED, COMMAND_HELPED, COMMAND_MISUSED };

static enum command_parsed
command_parse(const struct command *command, int argc, char **argv, struct command_options *options)
{
	int option, index = -1;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", command_long_options, &index)) != -1) {
		if (option == 'h' || option == OPTION_HELP) {
			command_print_help(command);
			return COMMAND_HELPED;
		} else if (option == OPTION_CONFIG) {
			options->config_path = optarg;
		} else if (option == OPTION_DEV) {
			options->profile = CONFIG_PROFILE_DEV;
		} else if (option == OPTION_ONLY && (command->takes & COMMAND_TAKES_SERVING)) {
			if (!command_parse_only(optarg, &options->parts)) {
				command_usage_error(
				    command, "--only takes api or relay, not \"%s\"", optarg);
				return COMMAND_MISUSED;
			}
		} else if (option == OPTION_BESIDE && (command->takes & COMMAND_TAKES_SERVING)) {
			options->ports = PREFLIGHT_PORTS_SHARED;
		} else if (option == OPTION_PASSWORD_STDIN &&
		    (command->takes & COMMAND_TAKES_PASSWORD_STDIN)) {
			options->password_from_stdin = true;
		} else if (option == OPTION_JSON && (command->takes & COMMAND_TAKES_JSON)) {
			options->json = true;
		} else if (option == OPTION_ALL && (command->takes & COMMAND_TAKES_QUEUE)) {
			options->all = true;
		} else if (option == OPTION_YES && (command->takes & COMMAND_TAKES_YES)) {
			options->yes = true;
		} else if (option == OPTION_DNS && (command->takes & COMMAND_TAKES_DNS)) {
			options->dns = true;
		} else if (option == OPTION_DOMAIN && (command->takes & COMMAND_TAKES_DNS)) {
			g_ptr_array_add(options->domains, optarg);
		} else if (option == OPTION_ONCE && (command->takes & COMMAND_TAKES_ONCE)) {
			options->once = true;
		} else if (command_parse_value(command, option, options)) {
			continue;
		} else if (option == ':') {
			command_usage_error(command, "%s takes a value", argv[optind - 1]);
			return COMMAND_MISUSED;
		} else {
			command_refuse_option(
			    command, option == '?' ? -1 : index, argv[optind - 1]);
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
	struct command_options options = {.profile = CONFIG_PROFILE_PRODUCTION,
	    .parts = PREFLIGHT_API | PREFLIGHT_RELAY,
	    .domains = g_ptr_array_new()};
	enum command_exit outcome = COMMAND_FAILED;

	switch (command_parse(command, argc, argv, &options)) {
	case COMMAND_PARSED:
		outcome = command->run(&options);
		break;
	case COMMAND_HELPED:
		outcome = COMMAND_DONE;
		break;
	case COMMAND_MISUSED:
		outcome = COMMAND_USAGE;
		break;
	}
	g_ptr_array_free(options.domains, TRUE);
	return outcome;
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
