/* `bracemail check --dns`: what services/relay/check finds, for a terminal or a program. */
#ifndef SERVER_CHECK_DNS_H
#define SERVER_CHECK_DNS_H

#include <glib.h>

#include "server/command.h"
#include "server/config.h"

/* Looks at the configuration's host, at the domains with keys in its database, and at domains (const char *, as typed); prints a line
 * for each finding, or one JSON array. COMMAND_FAILED when something is wrong. */
enum command_exit check_dns_print(const struct config *config, const GPtrArray *domains);
enum command_exit check_dns_print_json(const struct config *config, const GPtrArray *domains);

#endif
