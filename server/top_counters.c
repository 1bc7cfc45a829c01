#include "server/top_counters.h"

#include <string.h>

#define PREFIX "bracemail_"
#define PROCESS "process=\""

/* "attempts_total{status=...}" of "bracemail_attempts_total{process="relay-1",status=...} 3"; g_free. length: up to the value. */
static char *
series_key(const char *line, size_t length)
{
	g_autofree char *series = g_strndup(line + strlen(PREFIX), length - strlen(PREFIX));
	char *labels = strchr(series, '{');
	char *rest;

	if (labels == NULL || !g_str_has_prefix(labels + 1, PROCESS))
		return g_steal_pointer(&series);
	rest = strchr(labels + 1 + strlen(PROCESS), '"');
	if (rest == NULL || strcmp(rest + 1, "}") == 0) {
		*labels = '\0';
		return g_steal_pointer(&series);
	}
	labels[1] = '\0';
	return g_strconcat(series, rest + 1 + strspn(rest + 1, ","), NULL);
}

static void
series_add(struct top_counters *counters, const char *line)
{
	const char *value = strrchr(line, ' ');
	g_autofree char *key = NULL;
	double *sum;

	if (value == NULL || !g_str_has_prefix(line, PREFIX) || value < line + strlen(PREFIX))
		return;
	key = series_key(line, (size_t)(value - line));
	sum = g_hash_table_lookup(counters->sums, key);
	if (sum == NULL) {
		sum = g_new0(double, 1);
		g_hash_table_insert(counters->sums, g_steal_pointer(&key), sum);
	}
	*sum += g_ascii_strtod(value, NULL);
}

struct top_counters *
top_counters_parse(const char *text, int64_t at)
{
	struct top_counters *counters = g_new0(struct top_counters, 1);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	counters->at = at;
	counters->sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (char **line = lines; *line != NULL; line++)
		series_add(counters, *line);
	if (g_hash_table_size(counters->sums) > 0)
		return counters;
	top_counters_free(counters);
	return NULL;
}

void
top_counters_free(struct top_counters *counters)
{
	if (counters == NULL)
		return;
	g_hash_table_unref(counters->sums);
	g_free(counters);
}

double
top_counters_sum(const struct top_counters *counters, const char *name, const char *labels)
{
	g_autofree char *key =
	    *labels != '\0' ? g_strdup_printf("%s{%s}", name, labels) : g_strdup(name);
	const double *sum = g_hash_table_lookup(counters->sums, key);

	return sum != NULL ? *sum : 0;
}
