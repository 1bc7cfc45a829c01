/*
 * A folder for one `bracemail bench`: the configuration of a server of its own, its private PostgreSQL, what it captures. It lies in
 * data_dir, where that is, so that the disk is the one that the installation has; else in the folder for temporary files.
 */
#ifndef SERVER_BENCH_PLACE_H
#define SERVER_BENCH_PLACE_H

#include <stdbool.h>

#include "base/error.h"
#include "server/config.h"

struct bench_place {
	char *folder;
	char *config; /* a file for --config */
	char *data_dir;
	char *captured;
	char *log; /* of the server */
	unsigned workers;
	int smtp_port, capture_port; /* of 127.0.0.1 */
};

/* Makes it. Root becomes the owner of data_dir, for good. config: workers is taken from it. On success the caller removes it. */
bool bench_place_make(struct bench_place *place, const struct config *config, struct error *error);

/* Removes all of it; its server must be gone. Returns false, with the reason, where something stays. */
bool bench_place_remove(struct bench_place *place, struct error *error);

/* How many messages were captured. */
unsigned bench_place_captured(const struct bench_place *place);

#endif
