/* PROXY headers: what is said of one is bounded, and stays the same however it was cut. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/receive/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own: a byte read past the end is seen. */
static enum proxy_outcome
read_copy(const uint8_t *data, size_t size, struct proxy_header *header)
{
	char *copy = g_memdup2(data, size);
	enum proxy_outcome outcome = proxy_header_read(copy != NULL ? copy : "", size, header);

	g_free(copy);
	return outcome;
}

static void
check_client(const struct proxy_header *header)
{
	unsigned char binary[16];

	assert(inet_pton(AF_INET, header->address, binary) == 1 ||
	    inet_pton(AF_INET6, header->address, binary) == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole, part;
	enum proxy_outcome outcome = read_copy(data, size, &whole);

	switch (outcome) {
	case PROXY_INCOMPLETE:
		assert(whole.wanted > size && whole.wanted <= PROXY_HEADER_MAX);
		return 0;
	case PROXY_WRONG:
		assert(whole.reason != NULL);
		return 0;
	case PROXY_CLIENT:
		check_client(&whole);
		break;
	case PROXY_LOCAL:
		assert(whole.address[0] == '\0');
		break;
	}
	assert(whole.wanted <= size && whole.wanted <= PROXY_HEADER_MAX);
	for (size_t cut = 0; cut < whole.wanted; cut++)
		assert(read_copy(data, cut, &part) == PROXY_INCOMPLETE);
	assert(read_copy(data, whole.wanted, &part) == outcome);
	assert(strcmp(part.address, whole.address) == 0);
	return 0;
}
