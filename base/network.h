/*
 * Networks that the configuration names: "10.0.0.0/8", "2001:db8::/32" or one address; and what limits count a client by.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <glib.h>

enum { NETWORK_ADDRESS_BYTES = 16, NETWORK_CLIENT_BITS = 64 };

/* IPv4 is kept as its IPv6 mapping, so that 192.0.2.1 and ::ffff:192.0.2.1 are one. */
struct network {
	unsigned char address[NETWORK_ADDRESS_BYTES];
	unsigned bits; /* of the 128 */
};

/* Belongs to who made it. */
struct network_list {
	const struct network *items;
	unsigned count;
};

/* Returns false when text is no network. Bits of the address beyond the prefix are ignored. */
bool network_parse(const char *text, struct network *out);

/* Whether no bit of its address is set beyond the prefix; first has them cleared. */
bool network_is_whole(const struct network *network, unsigned char first[NETWORK_ADDRESS_BYTES]);

/* address: textual IP. False for what is none. */
bool network_list_contains(const struct network_list *list, const char *address);

/* address: of that family, as on the wire. An IPv4 address within IPv6 is shown as IPv4. out has INET6_ADDRSTRLEN. */
void network_address_text(int family, const void *address, char *out, size_t size);

/* The same of a peer's address, of IPv4 or IPv6. */
void network_peer_text(const struct sockaddr *peer, char *out, size_t size);

/*
 * The key that limits count a client by: an IPv4 address, or the /64 of an IPv6 one, for who has one address of it has
 * them all. All that is no address has one key. g_bytes_unref.
 */
GBytes *network_client_key(const char *address);

#endif
