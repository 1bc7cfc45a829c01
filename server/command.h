/*
 * The command line: what every subcommand shares. Each is a file, command_NAME.c.
 *
 * Errors are one line on standard error, with what to do about it. Exit codes: enum command_exit.
 */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include <stdbool.h>

#include "server/config.h"
#include "server/preflight.h"

enum command_exit { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

/* Options that a command takes beyond --config, --dev and --help; or-ed. */
enum command_takes {
	COMMAND_TAKES_SERVING = 1, /* --only, --beside */
	COMMAND_TAKES_PASSWORD_STDIN = 2,
	COMMAND_TAKES_KEY = 4, /* --selector, --algorithm, --bits */
	COMMAND_TAKES_JSON = 8,
	COMMAND_TAKES_ACCOUNT = 16,
	COMMAND_TAKES_TIMES = 32, /* --since, --until */
	COMMAND_TAKES_LIMIT = 64,
	COMMAND_TAKES_QUEUE = 128, /* --group, --destination, --address, --campaign, --all */
	COMMAND_TAKES_KIND = 256,
	COMMAND_TAKES_YES = 512,
	COMMAND_TAKES_DNS = 1024, /* --dns, --domain */
	COMMAND_TAKES_ONCE = 2048,
	COMMAND_TAKES_LOAD = 4096 /* --messages, --sessions, --bytes, --seconds */
};

struct command_options {
	const char *config_path; /* NULL: the default file if there is one */
	enum config_profile profile;
	unsigned parts; /* enum preflight_part: what --only leaves */
	enum preflight_ports ports;
	bool password_from_stdin;
	bool json;
	bool all;
	bool yes;
	bool dns;
	bool once;
	/* NULL: not given */
	const char *selector, *algorithm, *bits;
	const char *account, *since, *until, *limit;
	const char *group, *destination, *address, *campaign;
	const char *kind;
	const char *messages, *sessions, *bytes, *seconds;
	GPtrArray *domains; /* const char *, of each --domain */
	char *const *operands;
	int operand_count;
};

struct command {
	const char *name;
	enum command_exit (*run)(const struct command_options *options);
	unsigned takes;
	int operands_max;
	const char *summary; /* for the list of commands */
	const char *help;    /* after the line of usage */
	const char *usage;   /* "serve [--config FILE] ..." */
};

extern const struct command command_serve;
extern const struct command command_check;
extern const struct command command_migrate;
extern const struct command command_account;
extern const struct command command_dkim;
extern const struct command command_queue;
extern const struct command command_log;
extern const struct command command_top;
extern const struct command command_bench;
extern const struct command command_group;
extern const struct command command_campaign;
extern const struct command command_suppression;
extern const struct command command_restored;

/* Whether all that was printed is written; if not, error says why. main() asks at the end of each command. */
bool command_flush(struct error *error);

/* "bracemail: ..." on standard error. */
void command_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on standard output, fit for a terminal (base/printable.h): names and addresses are what others wrote. */
void command_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A usage error: that, and where help is. Returns COMMAND_USAGE. */
enum command_exit command_usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Parses what follows the name and runs the command. */
enum command_exit command_run(const struct command *command, int argc, char **argv);

/* Prints each line of problems. */
void command_print_problems(const GPtrArray *problems);

/* The configuration that the options name, for config_free(). NULL: its problems have been printed. In dev with
 * its certificate made. */
struct config *command_load_config(const struct command_options *options);

/* The same, but problems go to the array alone. */
struct config *command_try_config(const struct command_options *options, GPtrArray *problems);

#endif
