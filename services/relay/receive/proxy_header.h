/*
 * The header of the PROXY protocol, version 2, as a balancer sends it before all else (haproxy's proxy-protocol.txt,
 * section 2.2): who the client is that it speaks for. No sockets, no allocation; version 1, which is text, is not taken.
 *
 *   proxy_header_read() with what came so far, from its first byte on, until it is no longer PROXY_INCOMPLETE
 */
#ifndef SERVICES_RELAY_RECEIVE_PROXY_HEADER_H
#define SERVICES_RELAY_RECEIVE_PROXY_HEADER_H

#include <stddef.h>

#include <netinet/in.h>

enum {
	PROXY_START_BYTES = 16, /* signature, command, family, length: every header has them */
	PROXY_HEADER_MAX =
	    4096, /* with the addresses and the fields (TLV) behind them, which are passed over */
};

enum proxy_outcome {
	PROXY_INCOMPLETE, /* wanted says how long the header is, as far as can be told */
	PROXY_CLIENT,     /* address says who the client is */
	PROXY_LOCAL,      /* the balancer speaks for itself, as to see whether we live */
	PROXY_WRONG       /* reason says why */
};

struct proxy_header {
	size_t wanted;                  /* bytes, from the first one on */
	char address[INET6_ADDRSTRLEN]; /* IPv4 within IPv6 is shown as IPv4 */
	const char *reason;             /* words for the log */
};

/* Looks at no byte beyond the header. What cannot become one is wrong as soon as that is seen. */
enum proxy_outcome proxy_header_read(const char *bytes, size_t length, struct proxy_header *out);

#endif
