/* What /metrics answered (Prometheus' text format), summed over the processes of the node. */
#ifndef SERVER_TOP_COUNTERS_H
#define SERVER_TOP_COUNTERS_H

#include <stdint.h>

#include <glib.h>

struct top_counters {
	GHashTable *sums; /* of doubles, by name and labels */
	int64_t at;       /* monotonic, microseconds: when it was read */
};

/* NULL: the text has no series of Bracemail's. For top_counters_free(), which takes NULL. */
struct top_counters *top_counters_parse(const char *text, int64_t at);
void top_counters_free(struct top_counters *counters);

/* name: without "bracemail_"; labels: as they stand, without the process's: "status=\"delivered\"", or "". 0: there is no such series. */
double top_counters_sum(const struct top_counters *counters, const char *name, const char *labels);

#endif
