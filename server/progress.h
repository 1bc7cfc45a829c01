/*
 * A bar on standard error while something long is done, where that is a terminal; elsewhere nothing.
 *
 *   progress_begin(&progress, "importing") -> progress_show(&progress, done, total) as often as wanted -> progress_end(&progress)
 */
#ifndef SERVER_PROGRESS_H
#define SERVER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	bool is_shown;
	int64_t shown_at; /* monotonic, microseconds */
};

/* what: lives as long. Nothing is written yet. */
void progress_begin(struct progress *progress, const char *what);

/* So much of total is done; written ten times a second at most, but always when all is. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);

/* Takes the bar away. */
void progress_end(struct progress *progress);

#endif
