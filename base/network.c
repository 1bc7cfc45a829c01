#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAPPED_BITS = 96, TEXT_MAX = INET6_ADDRSTRLEN };

static const unsigned char mapped_prefix[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

/* is_mapped: written as IPv4. */
static bool
address_parse(const char *text, unsigned char *out, bool *is_mapped)
{
	*is_mapped = inet_pton(AF_INET, text, out + sizeof(mapped_prefix)) == 1;
	if (*is_mapped)
		memcpy(out, mapped_prefix, sizeof(mapped_prefix));
	return *is_mapped || inet_pton(AF_INET6, text, out) == 1;
}

static bool
bits_parse(const char *text, unsigned most, unsigned *out)
{
	guint64 bits;

	if (!g_ascii_string_to_unsigned(text, 10, 0, most, &bits, NULL))
		return false;
	*out = (unsigned)bits;
	return true;
}

bool
network_parse(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char address[TEXT_MAX] = "";
	bool is_mapped;

	if (slash == NULL)
		g_strlcpy(address, text, sizeof(address));
	else if ((size_t)(slash - text) < sizeof(address))
		memcpy(address, text, (size_t)(slash - text));
	if (!address_parse(address, out->address, &is_mapped))
		return false;
	out->bits = is_mapped ? 32 : 128;
	if (slash != NULL && !bits_parse(slash + 1, out->bits, &out->bits))
		return false;
	if (is_mapped)
		out->bits += MAPPED_BITS;
	return true;
}

bool
network_is_whole(const struct network *network, unsigned char first[NETWORK_ADDRESS_BYTES])
{
	for (unsigned i = 0; i < NETWORK_ADDRESS_BYTES; i++) {
		unsigned kept = network->bits > 8 * i ? MIN(network->bits - 8 * i, 8) : 0;

		first[i] = (unsigned char)(network->address[i] & (0xff00U >> kept));
	}
	return memcmp(first, network->address, NETWORK_ADDRESS_BYTES) == 0;
}

static bool
network_contains(const struct network *network, const unsigned char *address)
{
	unsigned whole = network->bits / 8;
	unsigned rest = network->bits % 8;

	if (memcmp(network->address, address, whole) != 0)
		return false;
	return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool
network_list_contains(const struct network_list *list, const char *address)
{
	unsigned char binary[NETWORK_ADDRESS_BYTES];
	bool is_mapped;

	if (list->count == 0 || !address_parse(address, binary, &is_mapped))
		return false;
	for (unsigned i = 0; i < list->count; i++)
		if (network_contains(&list->items[i], binary))
			return true;
	return false;
}

void
network_address_text(int family, const void *address, char *out, size_t size)
{
	const unsigned char *bytes = address;

	if (family == AF_INET6 && memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0)
		inet_ntop(AF_INET, bytes + sizeof(mapped_prefix), out, (socklen_t)size);
	else
		inet_ntop(family, bytes, out, (socklen_t)size);
}

void
network_peer_text(const struct sockaddr *peer, char *out, size_t size)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)peer;

	if (peer->sa_family == AF_INET)
		network_address_text(AF_INET, &v4->sin_addr, out, size);
	else
		network_address_text(AF_INET6, &v6->sin6_addr, out, size);
}

GBytes *
network_client_key(const char *address)
{
	unsigned char binary[NETWORK_ADDRESS_BYTES] = {0};
	bool is_mapped;

	if (!address_parse(address, binary, &is_mapped))
		memset(binary, 0, sizeof(binary));
	if (memcmp(binary, mapped_prefix, sizeof(mapped_prefix)) != 0)
		memset(
		    binary + NETWORK_CLIENT_BITS / 8, 0, sizeof(binary) - NETWORK_CLIENT_BITS / 8);
	return g_bytes_new(binary, sizeof(binary));
}
