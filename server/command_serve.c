#include "server/command.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

#include "server/banner.h"
#include "server/dev.h"
#include "server/private_postgres.h"
#include "server/processes.h"
#include "server/supervisor.h"

struct serve {
	const struct command_options *options;
	struct config *config;
	struct private_postgres *postgres; /* or NULL */
};

static struct process_start
serve_process_start(const struct serve *serve)
{
	return (struct process_start){.config = serve->config,
	    .conninfo = serve->postgres != NULL ? private_postgres_conninfo(serve->postgres)
						: serve->config->database,
	    .report = -1};
}

static void
serve_on_ready(void *arg)
{
	const struct serve *serve = arg;
	char password[DEV_PASSWORD_SIZE];
	struct error error;

	if (serve->config->profile != CONFIG_PROFILE_DEV)
		return;
	if (dev_password(serve->config->data_dir, password, &error))
		banner_print(serve->config, password);
	else
		log_error("demo-password", "reason=\"%s\"", error.text);
}

/* What a running server cannot change. */
static bool
serve_may_become(const struct config *old, const struct config *new)
{
	if (old->workers != new->workers)
		log_warning("reload-limited", "text=\"workers changes with a restart\"");
	if ((old->database == NULL) == (new->database == NULL) &&
	    g_strcmp0(old->data_dir, new->data_dir) == 0)
		return true;
	log_error("reload-refused", "reason=\"database and data_dir change with a restart\"");
	return false;
}

static bool
serve_on_reload(void *arg, struct process_start *start)
{
	struct serve *serve = arg;
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
	struct config *config = command_try_config(serve->options, problems);
	bool taken;

	if (config != NULL)
		preflight_certificates(config, problems);
	for (guint i = 0; i < problems->len; i++)
		log_error("reload-refused", "reason=\"%s\"", (const char *)problems->pdata[i]);
	taken = config != NULL && problems->len == 0 && serve_may_become(serve->config, config);
	if (taken) {
		config_free(serve->config);
		serve->config = config;
		log_open("supervisor", config->log_level);
		log_set_format(config->log_format);
		*start = serve_process_start(serve);
	} else {
		config_free(config);
	}
	g_ptr_array_free(problems, TRUE);
	return taken;
}

static void
serve_add_processes(struct supervisor *supervisor, const struct serve *serve)
{
	unsigned parts = serve->options->parts;
	char name[PROCESS_NAME_SIZE];

	if (serve->postgres != NULL)
		supervisor_add_postgres(supervisor, serve->postgres);
	supervisor_add(
	    supervisor, "maintenance", SUPERVISOR_STAGE_MAINTENANCE, process_maintenance);
	if ((parts & PREFLIGHT_RELAY) && serve->config->capture.listen[0] != NULL)
		supervisor_add(supervisor, "capture", SUPERVISOR_STAGE_CAPTURE, process_capture);
	for (unsigned i = 1; i <= serve->config->workers && (parts & PREFLIGHT_RELAY); i++) {
		snprintf(name, sizeof(name), "relay-%u", i);
		supervisor_add(supervisor, name, SUPERVISOR_STAGE_SERVICES, process_relay);
	}
	if (parts & PREFLIGHT_API)
		supervisor_add(supervisor, "api", SUPERVISOR_STAGE_SERVICES, process_api);
}

static void
serve_warn(const struct serve *serve)
{
	if ((serve->options->parts & PREFLIGHT_RELAY) &&
	    serve->config->deliver.unsubscribe_base == NULL)
		log_warning("campaigns-without-unsubscribe",
		    "api.public_url is not set: campaigns leave without a link to unsubscribe");
}

static bool
serve_supervise(struct serve *serve, struct error *error)
{
	const struct supervisor_events events = {
	    .ready = serve_on_ready, .reload = serve_on_reload};
	enum supervisor_hangup hangup = serve->config->profile == CONFIG_PROFILE_DEV
	    ? SUPERVISOR_HANGUP_STOPS
	    : SUPERVISOR_HANGUP_RELOADS;
	struct process_start start = serve_process_start(serve);
	struct supervisor *supervisor = supervisor_create(&start, hangup, &events, serve);
	bool done;

	serve_add_processes(supervisor, serve);
	serve_warn(serve);
	done = supervisor_run(supervisor, error);
	supervisor_destroy(supervisor);
	return done;
}

static bool
serve_is_possible(const struct serve *serve)
{
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
	bool possible;

	preflight_certificates(serve->config, problems);
	preflight_addresses(serve->config, serve->options->parts, serve->options->ports, problems);
	command_print_problems(problems);
	possible = problems->len == 0;
	g_ptr_array_free(problems, TRUE);
	return possible;
}

/* A command may hold the private database for a moment. */
static bool
serve_open_postgres(struct serve *serve, struct error *error)
{
	enum private_postgres_lock outcome;
	unsigned tries = 0;

	if (serve->config->database != NULL)
		return true;
	while ((outcome = private_postgres_open(serve->config->data_dir, PRIVATE_POSTGRES_SERVE,
		    &serve->postgres, error)) == PRIVATE_POSTGRES_BUSY &&
	    tries++ < 50)
		usleep(100000);
	return outcome == PRIVATE_POSTGRES_MINE;
}

static enum command_exit
serve_run(const struct command_options *options)
{
	struct serve serve = {.options = options, .config = command_load_config(options)};
	enum command_exit outcome = COMMAND_FAILED;
	struct error error;

	if (serve.config == NULL)
		return COMMAND_FAILED;
	if (options->ports == PREFLIGHT_PORTS_SHARED && serve.config->database == NULL) {
		config_free(serve.config);
		command_error("--beside needs database in the configuration: a private PostgreSQL "
			      "serves one alone");
		return COMMAND_FAILED;
	}
	log_open("supervisor", serve.config->log_level);
	log_set_format(serve.config->log_format);
	if (serve_is_possible(&serve)) {
		if (serve_open_postgres(&serve, &error) && serve_supervise(&serve, &error))
			outcome = COMMAND_DONE;
		else
			command_error("%s", error.text);
	}
	private_postgres_close(serve.postgres);
	config_free(serve.config);
	return outcome;
}

const struct command command_serve = {.name = "serve",
    .run = serve_run,
    .takes = COMMAND_TAKES_SERVING,
    .summary = "run the relay and the API",
    .usage = "serve [--config FILE] [--dev] [--only api|relay] [--beside]",
    .help =
	"Runs in the foreground until SIGTERM, which lets running work end; SIGHUP reloads the\n"
	"configuration and the certificates. The log goes to standard error.\n\n"
	"  --only PART       api or relay alone\n"
	"  --beside          though another one, as of an older version, serves on the same addresses: new\n"
	"                    connections come to both, until that one is stopped. Both need the same\n"
	"                    database in the configuration, and the same user\n"};
