#include "server/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "server/command_database.h"
#include "server/top_fetch.h"
#include "server/top_print.h"
#include "server/top_screen.h"

enum { TOP_MICROSECONDS_OF_WAIT = 1000 }; /* poll(2) counts in milliseconds */

struct top {
	const struct command_options *options;
	struct db_connection *connection;
	struct top_fetch *fetch;
	struct top_counters *counters; /* the last reading; NULL: there was none */
	int64_t due_at;                /* monotonic: when the next one is */
	struct top_state state;
};

static void
top_refresh(struct top *top)
{
	struct top_state *state = &top->state;
	struct top_counters *counters;

	state->counters_problem.text[0] = '\0';
	counters = top_fetch_read(top->fetch, &state->counters_problem);
	top_rates_compute(&state->rates, top->counters, counters);
	top_counters_free(top->counters);
	top->counters = counters;
	top_connections_read(state->config, &state->connections);
	top_database_refresh(&state->database, top->connection);
	state->now = clock_now();
}

static void
top_show(const struct top *top)
{
	GPtrArray *lines;

	if (top->options->json) {
		top_print_json(&top->state);
		return;
	}
	lines = top_print_lines(&top->state);
	if (top->options->once)
		for (guint i = 0; i < lines->len; i++)
			puts(lines->pdata[i]);
	else
		top_screen_draw(lines);
	g_ptr_array_unref(lines);
}

/* Until the next second; a key, or the window's new size, draws it at once. */
static bool
top_wait(struct top *top)
{
	int64_t now = g_get_monotonic_time();

	top->due_at = MAX(top->due_at + CLOCK_SECOND, now);
	for (;; now = g_get_monotonic_time()) {
		int64_t left = (top->due_at - now) / TOP_MICROSECONDS_OF_WAIT;

		switch (left > 0 ? top_screen_wait((int)left) : TOP_EVENT_TIME) {
		case TOP_EVENT_END:
			return false;
		case TOP_EVENT_TIME:
			return true;
		case TOP_EVENT_KEY:
			if (!top->options->json && !top->options->once)
				top_show(top);
		}
	}
}

/* Rates take two readings: once, too, needs a second. */
static bool
top_loop(struct top *top, struct error *error)
{
	top->due_at = g_get_monotonic_time();
	top_refresh(top);
	if (!top->options->json && !top->options->once)
		top_show(top);
	while (top_wait(top)) {
		top_refresh(top);
		top_show(top);
		if (!command_flush(error))
			return false;
		if (top->options->once)
			break;
	}
	return true;
}

static bool
top_act(struct top *top, const struct config *config, struct error *error)
{
	struct command_database database;
	bool is_screen = !top->options->json && !top->options->once, done;

	if (!command_database_open(config, COMMAND_SCHEMA_NEEDED, &database, error))
		return false;
	top->connection = database.connection;
	top->fetch = top_fetch_create(config);
	top->state.config = config;
	top_database_init(&top->state.database);
	if (!is_screen)
		top_screen_catch_signals();
	done = !is_screen || top_screen_open(error);
	if (done) {
		done = top_loop(top, error);
		top_screen_close();
	}
	top_counters_free(top->counters);
	top_database_clear(&top->state.database);
	top_fetch_destroy(top->fetch);
	command_database_close(&database);
	return done;
}

static enum command_exit
top_run(const struct command_options *options)
{
	struct top top = {.options = options};
	struct config *config;
	struct error error;
	bool done;

	if (!options->once && !options->json && !isatty(STDOUT_FILENO))
		return command_usage_error(&command_top,
		    "standard output is no terminal: --once prints it once, --json an object a second");
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	done = top_act(&top, config, &error);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_top = {.name = "top",
    .run = top_run,
    .takes = COMMAND_TAKES_ONCE | COMMAND_TAKES_JSON,
    .operands_max = 0,
    .summary = "a live screen: rates, destinations, errors",
    .usage = "top [--once] [--json]",
    .help =
	"Shows, and draws anew each second until q: mail in and out a second, the queue by state and age,\n"
	"the destinations for which most waits with what the last attempt came to, recent errors, and\n"
	"connections. Changes nothing.\n\n"
	"Rates are of this machine's server: they come from /metrics of its API, on the first address\n"
	"of api.listen. All else comes from the database, of all nodes; it is read every two seconds, or\n"
	"less often where that takes long.\n\n"
	"  --once            print it once, after a second, and end\n"
	"  --json            an object a second, each on a line of its own; times are UTC\n"};
