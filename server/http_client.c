#include "server/http_client.h"

#include <arpa/inet.h>
#include <string.h>

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711". NULL: none of them. */
static char *
address_read(const char *text)
{
	unsigned char binary[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);
	int family = colon != NULL ? AF_INET6 : AF_INET;

	if (*text == '[') {
		text++;
		length = strcspn(text, "]");
		family = AF_INET6;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		length = (size_t)(colon - text);
		family = AF_INET;
	}
	if (length >= sizeof(address))
		return NULL;
	g_strlcpy(address, text, length + 1);
	if (inet_pton(family, address, binary) != 1)
		return NULL;
	network_address_text(family, binary, address, sizeof(address));
	return g_strdup(address);
}

char *
http_client_address(const struct network_list *proxies, const char *peer, const char *forwarded)
{
	char **hops = g_strsplit(forwarded, ",", -1);
	char *client = g_strdup(peer), *before;

	for (guint i = g_strv_length(hops); i > 0 && network_list_contains(proxies, client); i--) {
		before = address_read(g_strstrip(hops[i - 1]));
		if (before == NULL)
			break;
		g_free(client);
		client = before;
	}
	g_strfreev(hops);
	return client;
}
