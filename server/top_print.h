/* What `bracemail top` shows: lines for a screen, or one JSON document. */
#ifndef SERVER_TOP_PRINT_H
#define SERVER_TOP_PRINT_H

#include <glib.h>

#include "server/top_connections.h"
#include "server/top_database.h"
#include "server/top_rates.h"

struct top_state {
	const struct config *config;
	int64_t now;
	struct top_rates rates;
	struct error counters_problem; /* "": none */
	struct top_connections connections;
	struct top_database database;
};

/* The lines, in order, fit for a terminal but for their length; the array frees them. */
GPtrArray *top_print_lines(const struct top_state *state);

/* On standard output, with a line's end. */
void top_print_json(const struct top_state *state);

#endif
