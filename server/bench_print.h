/* What `bracemail bench` found, in words or as a JSON document. */
#ifndef SERVER_BENCH_PRINT_H
#define SERVER_BENCH_PRINT_H

#include "server/bench_client.h"
#include "server/bench_disk.h"
#include "server/bench_server.h"

struct bench_result {
	unsigned sessions, bytes;
	struct bench_sent sent;
	unsigned captured;        /* messages that arrived */
	int64_t waiting;          /* that did not within the time */
	double delivered_seconds; /* from the first connection to the end of the last delivery */
	struct bench_cpu cpu;     /* of the server, meanwhile */
	double disk_syncs;        /* a second */
};

/* On standard output. */
void bench_print_text(const struct bench_result *result);
void bench_print_json(const struct bench_result *result);

#endif
