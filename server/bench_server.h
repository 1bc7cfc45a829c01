/* The server that `bracemail bench` starts: `bracemail serve --only relay`, with the account that sends. */
#ifndef SERVER_BENCH_SERVER_H
#define SERVER_BENCH_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "db/connection.h"

#include "server/bench_place.h"

enum { BENCH_START_SECONDS = 180 };

struct bench_server {
	const struct bench_place *place;
	pid_t pid;
	struct db_connection *connection;
};

/* Starts it and waits until it takes mail, from 127.0.0.1. The caller stops it, whatever this returns. interrupted: ends the wait. */
bool bench_server_start(struct bench_server *server, const struct bench_place *place,
    bool (*interrupted)(void), struct error *error);

/* SIGTERM; SIGKILL after a while. Returns when it is gone. */
void bench_server_stop(struct bench_server *server);

/* Processor seconds of all of its processes so far; postgres: of those, PostgreSQL's. */
struct bench_cpu {
	double all, postgres;
};
void bench_server_cpu(const struct bench_server *server, struct bench_cpu *cpu);

/* How many deliveries are in its queue. */
bool bench_server_queue(struct bench_server *server, int64_t *deliveries, struct error *error);

#endif
