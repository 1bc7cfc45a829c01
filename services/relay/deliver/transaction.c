#include "services/relay/deliver/transaction.h"

#include <string.h>

/* Every message is read through by this, so eight bytes at a time. */
bool
transaction_is_ascii(const GString *text)
{
	const char *at = text->str, *end = at + text->len;
	uint64_t bytes;

	for (; end - at >= (ptrdiff_t)sizeof(bytes); at += sizeof(bytes)) {
		memcpy(&bytes, at, sizeof(bytes));
		if (bytes & UINT64_C(0x8080808080808080))
			return false;
	}
	for (; at < end; at++)
		if (*at & 0x80)
			return false;
	return true;
}
