/* Private to connection*.c: what the connections of a scheduler share. */
#ifndef SERVICES_RELAY_DELIVER_CONNECTION_SET_H
#define SERVICES_RELAY_DELIVER_CONNECTION_SET_H

#include "services/relay/deliver/connection.h"

struct connection_set {
	struct event_base *base;
	const struct deliver_settings *settings;
	SSL_CTX *tls;
	GQueue leaving;    /* connections that said QUIT, by their own links */
	GPtrArray *closed; /* memory of connections, freed when no event of theirs can be running */
	struct event *reaper;
};

#endif
