#include "server/command.h"

#include <stdio.h>

#include <glib.h>

#include "db/connection.h"
#include "db/standby_position.h"

#include "server/check_dns.h"
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

/* A server does without it, so it is told and is no problem. */
static void
check_print_standby(const struct config *config)
{
	g_autofree char *conninfo = NULL;
	struct db_connection *connection;
	int64_t is_standby = 0;
	struct error error;
	bool found;

	if (config->api.reports_database == NULL)
		return;
	conninfo = standby_conninfo(config->api.reports_database, &error);
	connection = db_connection_create(conninfo);
	if (db_query_number(connection, "SELECT pg_is_in_recovery()::int", 0, NULL, &is_standby,
		&found, &error) != DB_STATUS_OK)
		printf(
		    "Note: api.reports_database: %s; reports are read from database meanwhile.\n",
		    error.text);
	else if (!is_standby)
		printf(
		    "Note: api.reports_database is no standby: reports are read from database.\n");
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

/* The configuration is right. */
static enum command_exit
check_print(const struct config *config, const struct command_options *options)
{
	if (options->dns && options->json)
		return check_dns_print_json(config, options->domains);
	printf(
	    "%s is right.\n", config->path != NULL ? config->path : "The built-in configuration");
	check_print_notes(config);
	check_print_standby(config);
	return options->dns ? check_dns_print(config, options->domains) : COMMAND_DONE;
}

static enum command_exit
check_run(const struct command_options *options)
{
	GPtrArray *problems;
	struct config *config;
	enum command_exit outcome = COMMAND_FAILED;

	if (!options->dns && (options->domains->len > 0 || options->json))
		return command_usage_error(&command_check, "--domain and --json go with --dns");
	problems = g_ptr_array_new_with_free_func(g_free);
	config = command_try_config(options, problems);
	if (config != NULL) {
		preflight_certificates(config, problems);
		check_database(config, problems);
	}
	command_print_problems(problems);
	if (config != NULL && problems->len == 0)
		outcome = check_print(config, options);
	g_ptr_array_free(problems, TRUE);
	config_free(config);
	return outcome;
}

const struct command command_check = {.name = "check",
    .run = check_run,
    .takes = COMMAND_TAKES_DNS | COMMAND_TAKES_JSON,
    .summary = "say what is wrong with a configuration, with file and line, and with DNS",
    .usage = "check [--dns [--domain DOMAIN] [--json]] [--config FILE] [--dev]",
    .help =
	"Says everything that is wrong with the configuration: unknown keys, wrong values, certificates\n"
	"that cannot be used, a database that does not answer. Changes nothing; a server may run.\n\n"
	"  --dns             also what other mail servers want to see in DNS: addresses and PTR of hostname,\n"
	"                    SPF, DKIM, DMARC of each domain that has a key, MX, MTA-STS and TLS reporting of\n"
	"                    the bounce domain; a line for each, with what to publish where it is wrong\n"
	"  --domain DOMAIN   with --dns: this domain too; may be given several times\n"
	"  --json            with --dns: its lines alone, as one JSON array\n"};
