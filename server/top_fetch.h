/*
 * /metrics of the API on this machine, over HTTP: counters are in memory that serve's processes share and nobody else reads.
 * Needs nothing but the configuration: the first address of api.listen is asked, which this machine may do by default
 * (api.metrics_networks).
 */
#ifndef SERVER_TOP_FETCH_H
#define SERVER_TOP_FETCH_H

#include "base/error.h"
#include "server/config.h"

#include "server/top_counters.h"

enum { TOP_FETCH_MILLISECONDS = 2000 };

struct top_fetch;

/* config must outlive it. */
struct top_fetch *top_fetch_create(const struct config *config);
void top_fetch_destroy(struct top_fetch *fetch);

/* Blocks for TOP_FETCH_MILLISECONDS at most. NULL: error says why. */
struct top_counters *top_fetch_read(struct top_fetch *fetch, struct error *error);

#endif
