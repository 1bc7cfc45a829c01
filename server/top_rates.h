/* Events a second, out of two readings of the counters. */
#ifndef SERVER_TOP_RATES_H
#define SERVER_TOP_RATES_H

#include <stdbool.h>

#include "server/top_counters.h"

enum top_rate {
	TOP_MESSAGES,
	TOP_RECIPIENTS,
	TOP_BYTES,
	TOP_SESSIONS,
	TOP_DELIVERED,
	TOP_DEFERRED,
	TOP_FAILED,
	TOP_REPLIES_2, /* those of class 3, 4, 5 follow */
	TOP_REPLIES_3,
	TOP_REPLIES_4,
	TOP_REPLIES_5,
	TOP_API_2,
	TOP_API_4,
	TOP_API_5,
	TOP_API_FAULTS,
	TOP_RATES
};

/* What takes time: its mean, of the events between the two. */
enum top_mean { TOP_MEAN_ACCEPT, TOP_MEAN_ATTEMPT, TOP_MEAN_DELIVERY, TOP_MEAN_API, TOP_MEANS };

struct top_rates {
	bool known;      /* there were two readings of one run of the server */
	double interval; /* between them, seconds */
	double rates[TOP_RATES];
	double seconds[TOP_MEANS]; /* negative: no event */
};

/* What the rate is called in JSON, in the object of its kind: "in", "out", "smtp_replies", "api". */
struct top_rate_name {
	const char *kind, *name;
};
const struct top_rate_name *top_rate_name(enum top_rate rate);
const char *top_mean_name(enum top_mean mean);

/* Either may be NULL. */
void top_rates_compute(
    struct top_rates *rates, const struct top_counters *before, const struct top_counters *after);

#endif
