/* What is wrong with a configuration on this machine, here and now: files, addresses, the database. */
#ifndef SERVER_PREFLIGHT_H
#define SERVER_PREFLIGHT_H

#include <glib.h>

#include "server/config.h"

/* Certificates and keys: readable, and made for each other. Each problem is a line added to problems. */
void preflight_certificates(const struct config *config, GPtrArray *problems);

enum preflight_part { PREFLIGHT_RELAY = 1, PREFLIGHT_API = 2 };

enum preflight_ports { PREFLIGHT_PORTS_FREE, PREFLIGHT_PORTS_SHARED };

/* Whether the addresses of these parts (or-ed) can be listened on. Workers share a port, so that a second program on it
 * would not be noticed by them. SHARED: another Bracemail of the same user may listen there, see serve --beside. */
void preflight_addresses(
    const struct config *config, unsigned parts, enum preflight_ports ports, GPtrArray *problems);

#endif
