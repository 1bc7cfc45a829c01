/* Whose request it is, behind proxies that the configuration names (api.trusted_proxies). */
#ifndef SERVER_HTTP_CLIENT_H
#define SERVER_HTTP_CLIENT_H

#include "base/network.h"

/*
 * peer: the textual address of the connection's other end. forwarded: of X-Forwarded-For, all fields in order, with commas
 * between them; "" for none. The last address in it that is no trusted proxy's; where what a proxy wrote is no address, that
 * proxy's own. From a peer that is none of the proxies the field means nothing. The caller's to g_free().
 */
char *http_client_address(
    const struct network_list *proxies, const char *peer, const char *forwarded);

#endif
