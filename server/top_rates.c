#include "server/top_rates.h"

#include "base/clock.h"

static const struct {
	struct top_rate_name name;
	const char *series, *labels;
} series[TOP_RATES] = {
    [TOP_MESSAGES] = {{"in", "messages"}, "messages_accepted_total", ""},
    [TOP_RECIPIENTS] = {{"in", "recipients"}, "recipients_accepted_total", ""},
    [TOP_BYTES] = {{"in", "bytes"}, "bytes_accepted_total", ""},
    [TOP_SESSIONS] = {{"in", "sessions"}, "smtp_sessions_total", ""},
    [TOP_DELIVERED] = {{"out", "delivered"}, "attempts_total", "status=\"delivered\""},
    [TOP_DEFERRED] = {{"out", "deferred"}, "attempts_total", "status=\"deferred\""},
    [TOP_FAILED] = {{"out", "failed"}, "attempts_total", "status=\"failed\""},
    [TOP_REPLIES_2] = {{"smtp_replies", "2xx"}, "smtp_replies_total", "class=\"2\""},
    [TOP_REPLIES_3] = {{"smtp_replies", "3xx"}, "smtp_replies_total", "class=\"3\""},
    [TOP_REPLIES_4] = {{"smtp_replies", "4xx"}, "smtp_replies_total", "class=\"4\""},
    [TOP_REPLIES_5] = {{"smtp_replies", "5xx"}, "smtp_replies_total", "class=\"5\""},
    [TOP_API_2] = {{"api", "2xx"}, "api_requests_total", "class=\"2\""},
    [TOP_API_4] = {{"api", "4xx"}, "api_requests_total", "class=\"4\""},
    [TOP_API_5] = {{"api", "5xx"}, "api_requests_total", "class=\"5\""},
    [TOP_API_FAULTS] = {{"api", "faults"}, "api_faults_total", ""},
};

static const struct {
	const char *name, *sum, *count;
} means[TOP_MEANS] = {
    [TOP_MEAN_ACCEPT] = {"accept", "accept_seconds_sum", "accept_seconds_count"},
    [TOP_MEAN_ATTEMPT] = {"attempt", "attempt_seconds_sum", "attempt_seconds_count"},
    [TOP_MEAN_DELIVERY] = {"delivery", "delivery_seconds_sum", "delivery_seconds_count"},
    [TOP_MEAN_API] = {"api", "api_seconds_sum", "api_seconds_count"},
};

const struct top_rate_name *
top_rate_name(enum top_rate rate)
{
	return &series[rate].name;
}

const char *
top_mean_name(enum top_mean mean)
{
	return means[mean].name;
}

static double
difference(const struct top_counters *before, const struct top_counters *after, const char *name,
    const char *labels)
{
	return top_counters_sum(after, name, labels) - top_counters_sum(before, name, labels);
}

void
top_rates_compute(
    struct top_rates *rates, const struct top_counters *before, const struct top_counters *after)
{
	double seconds;

	*rates = (struct top_rates){.known = false};
	if (before == NULL || after == NULL)
		return;
	rates->known = true;
	seconds = (double)(after->at - before->at) / CLOCK_SECOND;
	rates->interval = seconds;
	for (int i = 0; i < TOP_RATES; i++) {
		double more = difference(before, after, series[i].series, series[i].labels);

		/* Less than before: the server began anew in between. */
		if (more < 0 || seconds <= 0)
			rates->known = false;
		rates->rates[i] = more / seconds;
	}
	for (int i = 0; i < TOP_MEANS; i++) {
		double count = difference(before, after, means[i].count, "");

		rates->seconds[i] =
		    count > 0 ? difference(before, after, means[i].sum, "") / count : -1;
	}
}
