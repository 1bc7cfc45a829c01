/* How many clients are connected to this machine's listeners, as the kernel has it. */
#ifndef SERVER_TOP_CONNECTIONS_H
#define SERVER_TOP_CONNECTIONS_H

#include <stdint.h>

#include "server/config.h"

struct top_connections {
	int64_t smtp, api;
};

/* By the ports of the configuration. Nothing can be read: both are 0. */
void top_connections_read(const struct config *config, struct top_connections *connections);

#endif
