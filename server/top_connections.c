#include "server/top_connections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TCP_STATE_ESTABLISHED = 1, PORTS = 65536 };

enum port_use { PORT_OTHER, PORT_SMTP, PORT_API };

static void
ports_mark(unsigned char *ports, const char *const *addresses, enum port_use use)
{
	for (; *addresses != NULL; addresses++)
		ports[strtoul(strrchr(*addresses, ':') + 1, NULL, 10) % PORTS] = (unsigned char)use;
}

/* path: a table as proc(5) has it, /proc/net/tcp: "sl local_address rem_address st ...". */
static void
table_read(const char *path, const unsigned char *ports, struct top_connections *connections)
{
	FILE *file = fopen(path, "re");
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		unsigned port, state;

		if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port, &state) != 2 ||
		    state != TCP_STATE_ESTABLISHED || port >= PORTS)
			continue;
		connections->smtp += ports[port] == PORT_SMTP;
		connections->api += ports[port] == PORT_API;
	}
	if (file != NULL)
		fclose(file);
}

void
top_connections_read(const struct config *config, struct top_connections *connections)
{
	unsigned char *ports = g_new0(unsigned char, PORTS);

	*connections = (struct top_connections){0};
	ports_mark(ports, config->api.listen, PORT_API);
	for (unsigned i = 0; i < config->listener_count; i++)
		ports_mark(ports, config->listeners[i].addresses, PORT_SMTP);
	table_read("/proc/net/tcp", ports, connections);
	table_read("/proc/net/tcp6", ports, connections);
	g_free(ports);
}
