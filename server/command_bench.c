#include "server/command.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"

#include "server/bench_print.h"
#include "server/progress.h"

enum {
	BENCH_MESSAGES = 10000,
	BENCH_MESSAGES_MAX = 1000000,
	BENCH_SESSIONS = 20,
	BENCH_SESSIONS_MAX = 1000,
	BENCH_BYTES = 4096,
	BENCH_BYTES_MAX = 10000000,
	BENCH_SECONDS = 20,
	BENCH_SECONDS_MAX = 3600,
	BENCH_POLL_MICROSECONDS = 20000
};

struct bench {
	gint64 messages, sessions, bytes, seconds;
	struct bench_place place;
	struct bench_server server;
	struct progress progress;
	struct bench_result result;
};

static volatile sig_atomic_t bench_signal;

static void
bench_on_signal(int number)
{
	bench_signal = number;
}

static bool
bench_is_interrupted(void)
{
	return bench_signal != 0;
}

static void
bench_catch_signals(void)
{
	struct sigaction action = {.sa_handler = bench_on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static void
bench_on_progress(void *arg, unsigned accepted)
{
	struct bench *bench = arg;

	progress_show(&bench->progress, accepted, (uint64_t)bench->messages);
}

/* Until nothing waits any more, or the time that is given to deliveries is over. */
static bool
bench_wait_delivered(struct bench *bench, int64_t began, struct error *error)
{
	int64_t until = g_get_monotonic_time() + bench->seconds * CLOCK_SECOND;
	int64_t *waiting = &bench->result.waiting;

	for (;;) {
		if (!bench_server_queue(&bench->server, waiting, error))
			return false;
		if (*waiting == 0 || bench_is_interrupted() || g_get_monotonic_time() > until)
			break;
		usleep(BENCH_POLL_MICROSECONDS);
	}
	bench->result.delivered_seconds = (double)(g_get_monotonic_time() - began) / CLOCK_SECOND;
	return true;
}

static bool
bench_send(struct bench *bench, struct error *error)
{
	int64_t began = g_get_monotonic_time();
	struct bench_cpu before, after;
	const struct bench_load load = {
	    .port = bench->place.smtp_port,
	    .messages = (unsigned)bench->messages,
	    .sessions = (unsigned)bench->sessions,
	    .bytes = (unsigned)bench->bytes,
	    .until = began + bench->seconds * CLOCK_SECOND,
	    .interrupted = bench_is_interrupted,
	    .progress = bench_on_progress,
	    .arg = bench,
	};

	bench_server_cpu(&bench->server, &before);
	progress_begin(&bench->progress, "sending");
	bench_client_send(&load, &bench->result.sent);
	progress_end(&bench->progress);
	if (!bench_wait_delivered(bench, began, error))
		return false;
	bench_server_cpu(&bench->server, &after);
	bench->result.cpu = (struct bench_cpu){
	    .all = after.all - before.all, .postgres = after.postgres - before.postgres};
	bench->result.captured = bench_place_captured(&bench->place);
	return true;
}

static bool
bench_measure(struct bench *bench, struct error *error)
{
	bench->result.disk_syncs = bench_disk_syncs(bench->place.folder, error);
	return bench->result.disk_syncs >= 0 &&
	    bench_server_start(&bench->server, &bench->place, bench_is_interrupted, error) &&
	    bench_send(bench, error);
}

/* Whether the installation did what it is for. */
static bool
bench_is_well(const struct bench *bench, struct error *error)
{
	const struct bench_sent *sent = &bench->result.sent;

	if (bench_is_interrupted())
		return error_set(error, "interrupted");
	if (sent->refused > 0)
		return error_set(error, "%u of the %u sessions ended before their time: %s",
		    sent->refused, bench->result.sessions, sent->problem.text);
	/* What arrives between the two counts is in both. */
	if (bench->result.captured + bench->result.waiting < sent->accepted)
		return error_set(error,
		    "%u messages got 250, but %u arrived and %" G_GINT64_FORMAT " wait",
		    sent->accepted, bench->result.captured, bench->result.waiting);
	return true;
}

static bool
bench_act(struct bench *bench, const struct config *config, bool is_json, struct error *error)
{
	struct error remove_error;
	bool done, removed;

	if (!bench_place_make(&bench->place, config, error))
		return false;
	done = bench_measure(bench, error);
	bench_server_stop(&bench->server);
	removed = bench_place_remove(&bench->place, &remove_error);
	if (done && !bench_is_interrupted()) {
		if (is_json)
			bench_print_json(&bench->result);
		else
			bench_print_text(&bench->result);
	}
	done = done && bench_is_well(bench, error);
	if (done && !removed)
		*error = remove_error;
	return done && removed;
}

static bool
bench_read(const char *option, const char *text, gint64 max, gint64 *number)
{
	if (text == NULL || g_ascii_string_to_signed(text, 10, 1, max, number, NULL))
		return true;
	command_usage_error(&command_bench,
	    "%s takes a number from 1 to %" G_GINT64_FORMAT ", not \"%s\"", option, max, text);
	return false;
}

static enum command_exit
bench_run(const struct command_options *options)
{
	struct bench bench = {.messages = BENCH_MESSAGES,
	    .sessions = BENCH_SESSIONS,
	    .bytes = BENCH_BYTES,
	    .seconds = BENCH_SECONDS};
	struct config *config;
	struct error error;
	bool done;

	if (!bench_read("--messages", options->messages, BENCH_MESSAGES_MAX, &bench.messages) ||
	    !bench_read("--sessions", options->sessions, BENCH_SESSIONS_MAX, &bench.sessions) ||
	    !bench_read("--bytes", options->bytes, BENCH_BYTES_MAX, &bench.bytes) ||
	    !bench_read("--seconds", options->seconds, BENCH_SECONDS_MAX, &bench.seconds))
		return COMMAND_USAGE;
	config = command_load_config(options);
	if (config == NULL)
		return COMMAND_FAILED;
	bench.result.sessions = (unsigned)bench.sessions;
	bench.result.bytes = (unsigned)bench.bytes;
	bench_catch_signals();
	done = bench_act(&bench, config, options->json, &error);
	config_free(config);
	if (!done)
		command_error("%s", error.text);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

const struct command command_bench = {.name = "bench",
    .run = bench_run,
    .takes = COMMAND_TAKES_LOAD | COMMAND_TAKES_JSON,
    .operands_max = 0,
    .summary = "a self-test: what this machine can take and deliver",
    .usage = "bench [--messages N] [--sessions N] [--bytes N] [--seconds N] [--json]",
    .help =
	"Starts a server of its own, with a private PostgreSQL in a folder of data_dir (or of TMPDIR, where\n"
	"there is no data_dir), sends to it over SMTP, and waits until all is delivered to its capture\n"
	"server: nobody is mailed, and a server that runs is not touched, but for the machine's time. Tells\n"
	"messages a second, how long the 250 takes, processor time, and how often the disk syncs. Fails where\n"
	"a message is refused or lost. What it made is removed, also after SIGINT.\n\n"
	"  --messages N      at most so many (default: 10000, at most 1000000)\n"
	"  --sessions N      at once (default: 20, at most 1000)\n"
	"  --bytes N         of a message (default: 4096, at most 10000000)\n"
	"  --seconds N       of sending, at most; and as many for what waits then (default: 20, at most 3600)\n"
	"  --json            one JSON document\n"};
