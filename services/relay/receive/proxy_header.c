#include "services/relay/receive/proxy_header.h"

#include <string.h>
#include <sys/socket.h>

#include <glib.h>

#include "base/network.h"

static const unsigned char signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum {
	SIGNATURE_BYTES = sizeof(signature) - 1,
	COMMAND_AT = SIGNATURE_BYTES, /* version and command */
	FAMILY_AT = COMMAND_AT + 1,   /* address family and transport */
	LENGTH_AT = FAMILY_AT + 1     /* two bytes: of what follows */
};

enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21 };

/* Both addresses and both ports; the client's address comes first. */
enum { TCP4_BYTES = 2 * 4 + 2 * 2, TCP6_BYTES = 2 * 16 + 2 * 2 };

static enum proxy_outcome
wrong(struct proxy_header *out, const char *reason)
{
	out->reason = reason;
	return PROXY_WRONG;
}

/*
 * Who it speaks for is unknown when that is no TCP client: it would be taken for the balancer itself, with the rights
 * that the balancer's own address may have.
 */
static enum proxy_outcome
read_client(const unsigned char *header, size_t length, struct proxy_header *out)
{
	int family = header[FAMILY_AT] == FAMILY_TCP4 ? AF_INET : AF_INET6;
	size_t least = family == AF_INET ? TCP4_BYTES : TCP6_BYTES;

	if (header[FAMILY_AT] != FAMILY_TCP4 && header[FAMILY_AT] != FAMILY_TCP6)
		return wrong(out, "it names no client of TCP over IPv4 or IPv6");
	if (length - PROXY_START_BYTES < least)
		return wrong(out, "its length leaves no room for the addresses");
	network_address_text(
	    family, header + PROXY_START_BYTES, out->address, sizeof(out->address));
	return PROXY_CLIENT;
}

enum proxy_outcome
proxy_header_read(const char *bytes, size_t length, struct proxy_header *out)
{
	const unsigned char *header = (const unsigned char *)bytes;

	*out = (struct proxy_header){.wanted = PROXY_START_BYTES};
	if (memcmp(header, signature, MIN(length, SIGNATURE_BYTES)) != 0)
		return wrong(out, "it does not begin with the signature of version 2");
	if (length > COMMAND_AT && header[COMMAND_AT] != COMMAND_LOCAL &&
	    header[COMMAND_AT] != COMMAND_PROXY)
		return wrong(out, "its version or command is not known");
	if (length < PROXY_START_BYTES)
		return PROXY_INCOMPLETE;
	out->wanted += (size_t)header[LENGTH_AT] << 8 | header[LENGTH_AT + 1];
	if (out->wanted > PROXY_HEADER_MAX)
		return wrong(out, "it is too long");
	if (length < out->wanted)
		return PROXY_INCOMPLETE;
	if (header[COMMAND_AT] == COMMAND_LOCAL)
		return PROXY_LOCAL;
	return read_client(header, out->wanted, out);
}
