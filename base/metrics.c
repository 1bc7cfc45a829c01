#include "base/metrics.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"

/* Upper bounds in microseconds: of an fsync, a network's round trips, patience, a retry's wait. */
static const int64_t bounds[] = {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
    1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 300000000, 1800000000, 14400000000};

enum { BOUNDS = G_N_ELEMENTS(bounds) };

struct histogram {
	_Atomic uint64_t
	    counts[BOUNDS + 1]; /* of each bound's own events; the last: of longer ones */
	_Atomic uint64_t sum;   /* microseconds */
};

struct process {
	atomic_int state;
	char name[METRICS_NAME_SIZE];
	_Atomic uint64_t counts[METRIC_COUNT];
	struct histogram times[METRIC_TIME_COUNT];
};

enum { PROCESS_FREE, PROCESS_NAMING, PROCESS_NAMED };

/* What one living process has. Its place is free when it is gone. */
struct level {
	atomic_int pid;
	atomic_uint process; /* index */
	_Atomic int64_t gauges[METRIC_GAUGE_COUNT];
};

enum { LEVELS = 2 * METRICS_PROCESSES_MAX };

struct metrics_memory {
	struct process processes[METRICS_PROCESSES_MAX];
	struct level levels[LEVELS];
};

static struct process *processes; /* shared; NULL: nobody counts */
static struct level *levels;      /* behind them */
static struct process *own;
static struct level *own_level;

/* Series of one name follow each other. */
struct series {
	const char *name, *labels, *help;
};

static const struct series series[METRIC_COUNT] = {
    [METRIC_SMTP_SESSIONS] = {"smtp_sessions", "", "SMTP connections taken."},
    [METRIC_SMTP_TLS_12] = {"smtp_tls", "version=\"1.2\"", "SMTP sessions that turned to TLS."},
    [METRIC_SMTP_TLS_13] = {"smtp_tls", "version=\"1.3\"", NULL},
    [METRIC_SMTP_REPLIES_2] = {"smtp_replies", "class=\"2\"", "Replies to SMTP clients."},
    [METRIC_SMTP_REPLIES_3] = {"smtp_replies", "class=\"3\"", NULL},
    [METRIC_SMTP_REPLIES_4] = {"smtp_replies", "class=\"4\"", NULL},
    [METRIC_SMTP_REPLIES_5] = {"smtp_replies", "class=\"5\"", NULL},
    [METRIC_MESSAGES_ACCEPTED] = {"messages_accepted", "",
	"Messages stored and answered with 250."},
    [METRIC_RECIPIENTS_ACCEPTED] = {"recipients_accepted", "", "Recipients of these messages."},
    [METRIC_BYTES_ACCEPTED] = {"bytes_accepted", "", "Bytes of these messages, as they came."},
    [METRIC_ATTEMPTS_DELIVERED] = {"attempts", "status=\"delivered\"",
	"Attempts of deliveries that ended, by what they came to."},
    [METRIC_ATTEMPTS_DEFERRED] = {"attempts", "status=\"deferred\"", NULL},
    [METRIC_ATTEMPTS_FAILED] = {"attempts", "status=\"failed\"", NULL},
    [METRIC_DELIVERY_TLS_12] = {"delivery_tls", "version=\"1.2\",verified=\"no\"",
	"Connections to other servers that turned to TLS."},
    [METRIC_DELIVERY_TLS_12_VERIFIED] = {"delivery_tls", "version=\"1.2\",verified=\"yes\"", NULL},
    [METRIC_DELIVERY_TLS_13] = {"delivery_tls", "version=\"1.3\",verified=\"no\"", NULL},
    [METRIC_DELIVERY_TLS_13_VERIFIED] = {"delivery_tls", "version=\"1.3\",verified=\"yes\"", NULL},
    [METRIC_API_REQUESTS_2] = {"api_requests", "class=\"2\"", "HTTP requests answered."},
    [METRIC_API_REQUESTS_3] = {"api_requests", "class=\"3\"", NULL},
    [METRIC_API_REQUESTS_4] = {"api_requests", "class=\"4\"", NULL},
    [METRIC_API_REQUESTS_5] = {"api_requests", "class=\"5\"", NULL},
    [METRIC_API_FAULTS] = {"api_faults", "", "Calls answered with an exception."},
    [METRIC_REPORTS_PRIMARY] = {"reports", "database=\"primary\"",
	"Reports made, by the database that they were read from."},
    [METRIC_REPORTS_STANDBY] = {"reports", "database=\"standby\"", NULL},
};

static const struct series gauges[METRIC_GAUGE_COUNT] = {
    [METRIC_GAUGE_SMTP_CLIENTS] = {"smtp_clients", "", "SMTP clients that are connected."},
    [METRIC_GAUGE_DELIVERY_BUSY] = {"delivery_connections", "state=\"busy\"",
	"Connections to other servers."},
    [METRIC_GAUGE_DELIVERY_IDLE] = {"delivery_connections", "state=\"idle\"", NULL},
    [METRIC_GAUGE_MESSAGE_BYTES] = {"message_bytes", "",
	"Message data in memory, of limits.memory_bytes."},
    [METRIC_GAUGE_API_CLIENTS] = {"api_clients", "", "HTTP clients that are connected."},
    [METRIC_GAUGE_API_BUSY] = {"api_threads", "state=\"busy\"",
	"Threads that answer the API, each with its connection to the database."},
    [METRIC_GAUGE_API_IDLE] = {"api_threads", "state=\"idle\"", NULL},
    [METRIC_GAUGE_API_WAITING] = {"api_requests_waiting", "", "Requests that wait for a thread."},
};

static const struct {
	const char *name, *help;
} times[METRIC_TIME_COUNT] = {
    [METRIC_TIME_ACCEPT] = {"accept_seconds", "From a message's last byte to its reply."},
    [METRIC_TIME_ATTEMPT] = {"attempt_seconds", "One attempt of a delivery."},
    [METRIC_TIME_DELIVERY] = {"delivery_seconds", "From a message's acceptance to its delivery."},
    [METRIC_TIME_API] = {"api_seconds", "From a request's last byte to its answer."},
};

void
metrics_share(void)
{
	struct metrics_memory *memory =
	    mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return;
	processes = memory->processes;
	levels = memory->levels;
}

/* Whether it has that name now. Another process may be naming it at this moment: that takes no time. */
static bool
process_is(struct process *process, const char *name)
{
	int expected = PROCESS_FREE;

	if (atomic_compare_exchange_strong(&process->state, &expected, PROCESS_NAMING)) {
		g_strlcpy(process->name, name, sizeof(process->name));
		atomic_store(&process->state, PROCESS_NAMED);
		return true;
	}
	return expected == PROCESS_NAMED &&
	    strncmp(process->name, name, sizeof(process->name) - 1) == 0;
}

static bool
level_is_alive(const struct level *level)
{
	int pid = atomic_load(&level->pid);

	return pid != 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* A place that nobody has, or somebody who is gone; NULL: there is none. */
static struct level *
level_take(unsigned process)
{
	for (unsigned i = 0; i < LEVELS; i++) {
		int before = atomic_load(&levels[i].pid);

		if (level_is_alive(&levels[i]) ||
		    !atomic_compare_exchange_strong(&levels[i].pid, &before, getpid()))
			continue;
		for (unsigned gauge = 0; gauge < METRIC_GAUGE_COUNT; gauge++)
			atomic_store(&levels[i].gauges[gauge], 0);
		atomic_store(&levels[i].process, process);
		return &levels[i];
	}
	return NULL;
}

void
metrics_attach(const char *name)
{
	if (own_level != NULL && atomic_load(&own_level->pid) == getpid())
		atomic_store(&own_level->pid, 0);
	own_level = NULL;
	own = NULL;
	for (unsigned i = 0; processes != NULL && own == NULL && i < METRICS_PROCESSES_MAX; i++)
		if (process_is(&processes[i], name))
			own = &processes[i];
	if (own != NULL)
		own_level = level_take((unsigned)(own - processes));
}

void
metrics_count(enum metric metric, uint64_t more)
{
	if (own != NULL)
		atomic_fetch_add_explicit(&own->counts[metric], more, memory_order_relaxed);
}

void
metrics_gauge_add(enum metric_gauge gauge, int64_t more)
{
	if (own_level != NULL)
		atomic_fetch_add_explicit(&own_level->gauges[gauge], more, memory_order_relaxed);
}

void
metrics_count_class(enum metric class_2, int code)
{
	metrics_count((enum metric)((int)class_2 + CLAMP(code / 100, 2, 5) - 2), 1);
}

void
metrics_time(enum metric_time which, int64_t microseconds)
{
	struct histogram *histogram;
	unsigned bound = 0;

	if (own == NULL)
		return;
	microseconds = MAX(microseconds, 0);
	histogram = &own->times[which];
	while (bound < BOUNDS && microseconds > bounds[bound])
		bound++;
	atomic_fetch_add_explicit(&histogram->counts[bound], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum, (uint64_t)microseconds, memory_order_relaxed);
}

static void
header_write(
    GString *text, const char *name, const char *suffix, const char *help, const char *type)
{
	g_string_append_printf(text, "# HELP bracemail_%s%s %s\n# TYPE bracemail_%s%s %s\n", name,
	    suffix, help, name, suffix, type);
}

static void
count_write(GString *text, const struct process *process, enum metric metric)
{
	const char *labels = series[metric].labels;

	g_string_append_printf(text,
	    "bracemail_%s_total{process=\"%s\"%s%s} %" G_GUINT64_FORMAT "\n", series[metric].name,
	    process->name, *labels != '\0' ? "," : "", labels,
	    (guint64)atomic_load_explicit(&process->counts[metric], memory_order_relaxed));
}

static void
seconds_write(GString *text, double microseconds)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(
	    text, g_ascii_formatd(number, sizeof(number), "%.15g", microseconds / CLOCK_SECOND));
}

static void
histogram_write(GString *text, const struct process *process, enum metric_time which)
{
	const struct histogram *histogram = &process->times[which];
	const char *name = times[which].name;
	guint64 count = 0;

	for (unsigned bound = 0; bound <= BOUNDS; bound++) {
		count += atomic_load_explicit(&histogram->counts[bound], memory_order_relaxed);
		g_string_append_printf(
		    text, "bracemail_%s_bucket{process=\"%s\",le=\"", name, process->name);
		if (bound < BOUNDS)
			seconds_write(text, (double)bounds[bound]);
		else
			g_string_append(text, "+Inf");
		g_string_append_printf(text, "\"} %" G_GUINT64_FORMAT "\n", count);
	}
	g_string_append_printf(text, "bracemail_%s_sum{process=\"%s\"} ", name, process->name);
	seconds_write(text, (double)atomic_load_explicit(&histogram->sum, memory_order_relaxed));
	g_string_append_printf(text, "\nbracemail_%s_count{process=\"%s\"} %" G_GUINT64_FORMAT "\n",
	    name, process->name, count);
}

/* The next process that has a name, from *index on, which is set behind it; NULL: there is none. */
static struct process *
process_next(unsigned *index)
{
	while (processes != NULL && *index < METRICS_PROCESSES_MAX) {
		struct process *process = &processes[(*index)++];

		if (atomic_load(&process->state) == PROCESS_NAMED)
			return process;
	}
	return NULL;
}

static void
levels_sum(int64_t sums[METRICS_PROCESSES_MAX][METRIC_GAUGE_COUNT])
{
	for (unsigned i = 0; levels != NULL && i < LEVELS; i++) {
		int64_t *sum = sums[atomic_load(&levels[i].process)];

		if (!level_is_alive(&levels[i]))
			continue;
		for (unsigned gauge = 0; gauge < METRIC_GAUGE_COUNT; gauge++)
			sum[gauge] +=
			    atomic_load_explicit(&levels[i].gauges[gauge], memory_order_relaxed);
	}
}

static void
gauges_write(GString *text)
{
	int64_t sums[METRICS_PROCESSES_MAX][METRIC_GAUGE_COUNT] = {0};
	const struct process *process;

	levels_sum(sums);
	for (enum metric_gauge gauge = 0; gauge < METRIC_GAUGE_COUNT; gauge++) {
		const struct series *told = &gauges[gauge];

		if (told->help != NULL)
			header_write(text, told->name, "", told->help, "gauge");
		for (unsigned index = 0; (process = process_next(&index)) != NULL;)
			g_string_append_printf(text,
			    "bracemail_%s{process=\"%s\"%s%s} %" G_GINT64_FORMAT "\n", told->name,
			    process->name, *told->labels != '\0' ? "," : "", told->labels,
			    (gint64)sums[process - processes][gauge]);
	}
}

void
metrics_write(GString *text)
{
	const struct process *process;
	unsigned index;

	for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
		if (series[metric].help != NULL)
			header_write(
			    text, series[metric].name, "_total", series[metric].help, "counter");
		for (index = 0; (process = process_next(&index)) != NULL;)
			count_write(text, process, metric);
	}
	for (enum metric_time which = 0; which < METRIC_TIME_COUNT; which++) {
		header_write(text, times[which].name, "", times[which].help, "histogram");
		for (index = 0; (process = process_next(&index)) != NULL;)
			histogram_write(text, process, which);
	}
	gauges_write(text);
}
