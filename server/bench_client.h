/* Who sends in `bracemail bench`: sessions over SMTP, each a thread that sends one message after the other. */
#ifndef SERVER_BENCH_CLIENT_H
#define SERVER_BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/error.h"

/* Recipients are of domains that no DNS knows (RFC 2606), besides that all mail of the server is captured. Each session has one of its own, as
 * deliveries to one domain wait for each other. */
#define BENCH_DOMAIN "bench.invalid"

struct bench_load {
	int port; /* of 127.0.0.1 */
	unsigned messages, sessions;
	unsigned bytes; /* of a message's body, at least: it has whole lines */
	int64_t until;  /* monotonic, microseconds: no message begins after that */
	bool (*interrupted)(void);
	void (*progress)(
	    void *arg, unsigned accepted); /* from the calling thread, some times a second */
	void *arg;
};

struct bench_sent {
	unsigned accepted;    /* got 250 */
	unsigned refused;     /* did not, or their connection broke */
	double seconds;       /* from the first connection to the last reply */
	double median, p99;   /* seconds from a message's last byte to its 250 */
	struct error problem; /* the first refusal: what the server said; "": none */
};

/* Returns when all is sent, or time is over. */
void bench_client_send(const struct bench_load *load, struct bench_sent *sent);

#endif
