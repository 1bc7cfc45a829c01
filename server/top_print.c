#include "server/top_print.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/clock.h"
#include "base/printable.h"

#include "server/duration.h"

enum { MEAN_SIZE = 24 };

static void __attribute__((format(printf, 2, 3)))
line_add(GPtrArray *lines, const char *format, ...)
{
	GString *printable = g_string_new(NULL);
	g_autofree char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	line = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	printable_append(printable, line, PRINTABLE_LINE);
	g_ptr_array_add(lines, g_string_free(printable, FALSE));
}

/* A line has room in 80 columns, where its numbers are not huge. */

/* "3.2 ms"; "-": nothing took any. */
static const char *
mean_text(const struct top_rates *rates, enum top_mean mean, char *out)
{
	double seconds = rates->seconds[mean];

	if (seconds < 0)
		return "-";
	if (seconds < 1)
		g_snprintf(out, MEAN_SIZE, "%.1f ms", seconds * 1000);
	else
		g_snprintf(out, MEAN_SIZE, "%.1f s", seconds);
	return out;
}

static void
lines_add_rates(GPtrArray *lines, const struct top_state *state)
{
	const struct top_rates *rates = &state->rates;
	const double *rate = rates->rates;
	char mean[MEAN_SIZE];

	if (state->counters_problem.text[0] != '\0') {
		line_add(lines, "no counters: %s", state->counters_problem.text);
		return;
	}
	if (!rates->known) {
		line_add(lines, "counters: two readings are needed, a second apart");
		return;
	}
	line_add(lines, "in   %8.1f messages/s  %8.1f recipients/s %7.1f KiB/s  250 after %s",
	    rate[TOP_MESSAGES], rate[TOP_RECIPIENTS], rate[TOP_BYTES] / 1024,
	    mean_text(rates, TOP_MEAN_ACCEPT, mean));
	line_add(lines, "out  %8.1f delivered/s %8.1f deferred/s %7.1f failed/s  attempt %s",
	    rate[TOP_DELIVERED], rate[TOP_DEFERRED], rate[TOP_FAILED],
	    mean_text(rates, TOP_MEAN_ATTEMPT, mean));
	line_add(lines, "smtp %8.1f sessions/s  replies/s 2xx %.1f, 3xx %.1f, 4xx %.1f, 5xx %.1f",
	    rate[TOP_SESSIONS], rate[TOP_REPLIES_2], rate[TOP_REPLIES_3], rate[TOP_REPLIES_4],
	    rate[TOP_REPLIES_5]);
	line_add(lines,
	    "api  %8.1f answers/s   4xx %.1f, 5xx %.1f, exceptions %.1f  answer after %s",
	    rate[TOP_API_2] + rate[TOP_API_4] + rate[TOP_API_5], rate[TOP_API_4], rate[TOP_API_5],
	    rate[TOP_API_FAULTS], mean_text(rates, TOP_MEAN_API, mean));
}

static void
lines_add_queue(GPtrArray *lines, const struct top_state *state)
{
	const struct top_database *database = &state->database;
	const struct queue_count *count = &database->total.count;
	const struct top_rates *rates = &state->rates;
	g_autoptr(GString) ages = g_string_new(NULL);
	char mean[MEAN_SIZE];

	for (int i = 0; i < TOP_AGES; i++)
		g_string_append_printf(ages, "  %s%s %" PRId64, i < TOP_AGES - 1 ? "<" : "",
		    top_age_name(i), database->ages[i]);
	line_add(lines,
	    "queue    %" PRId64 " waiting, %" PRId64 " trying, %" PRId64
	    " held; delivered after %s",
	    count->waiting, count->trying, count->held,
	    rates->known ? mean_text(rates, TOP_MEAN_DELIVERY, mean) : "-");
	line_add(lines, "age    %s", ages->str);
}

static void
lines_add_database(GPtrArray *lines, const struct top_state *state)
{
	const struct server_activity *activity = &state->database.activity;
	char oldest[DURATION_SIZE];

	line_add(lines,
	    "database %" PRId64 " of %" PRId64 " used: %" PRId64 " active, %" PRId64
	    " blocked; transactions: %" PRId64 " idle, oldest %s",
	    activity->connections, activity->connections_max, activity->active, activity->waiting,
	    activity->in_transaction, duration_text(activity->oldest, oldest));
}

static void
lines_add_destinations(GPtrArray *lines, const struct top_state *state)
{
	const GPtrArray *destinations = state->database.destinations;
	char age[DURATION_SIZE], next[DURATION_SIZE];

	line_add(lines, "%9s %7s %7s %7s %-9s %s", "WAITING", "TRYING", "HELD", "OLDEST", "NEXT",
	    "DESTINATION: LAST ATTEMPT");
	for (guint i = 0; i < destinations->len; i++) {
		const struct top_destination *each = destinations->pdata[i];

		line_add(lines, "%9" PRId64 " %7" PRId64 " %7" PRId64 " %7s %-9s %s%s%s",
		    each->count.waiting, each->count.trying, each->count.held,
		    duration_text(state->now - each->oldest_at, age),
		    each->next_attempt_at != 0
			? duration_until(each->next_attempt_at, state->now, next)
			: "",
		    each->name, each->trouble != NULL ? ": " : "",
		    each->trouble != NULL ? each->trouble : "");
	}
	if (destinations->len == 0)
		line_add(lines, "nothing waits");
}

static void
lines_add_errors(GPtrArray *lines, const struct top_state *state)
{
	const GPtrArray *errors = state->database.errors;
	char at[CLOCK_ISO_SIZE];

	line_add(lines, "%-12s %-16s %-12s %s", "AT", "RESULT", "ACCOUNT", "RECIPIENT: WHY");
	for (guint i = 0; i < errors->len; i++) {
		const struct top_error *each = errors->pdata[i];

		line_add(lines, "%-12s %-16s %-12s <%s>: %s", clock_time_of_day(each->at, at),
		    each->result, each->account, each->recipient, each->reason);
	}
	if (errors->len == 0)
		line_add(lines, "none within a day");
}

GPtrArray *
top_print_lines(const struct top_state *state)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	char now[CLOCK_ISO_SIZE];

	line_add(lines, "bracemail top   %s   %s   %" PRId64 " SMTP, %" PRId64 " API",
	    state->config->hostname, clock_iso(state->now, now), state->connections.smtp,
	    state->connections.api);
	lines_add_rates(lines, state);
	if (state->database.problem.text[0] != '\0')
		line_add(lines, "%s", state->database.problem.text);
	if (!state->database.known)
		return lines;
	if (state->database.problem.text[0] == '\0')
		lines_add_database(lines, state);
	lines_add_queue(lines, state);
	line_add(lines, "%s", "");
	lines_add_destinations(lines, state);
	line_add(lines, "%s", "");
	lines_add_errors(lines, state);
	return lines;
}
