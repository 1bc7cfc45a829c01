/*
 * The client's words in AUTH PLAIN (RFC 4616) and AUTH LOGIN, as RFC 4954 carries them. No sockets.
 */
#ifndef SERVICES_RELAY_RECEIVE_SASL_H
#define SERVICES_RELAY_RECEIVE_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "services/relay/receive/command_parse.h"

/*
 * Decodes base64, strictly (RFC 4648 section 3.3). Returns a string that sasl_forget() frees, with a NUL after its
 * *length bytes; NULL when it is not base64.
 */
char *sasl_decode(struct span text, size_t *length);

/* Wipes and frees what sasl_decode() gave. NULL is fine. */
void sasl_forget(char *decoded, size_t length);

struct sasl_plain {
	const char *name; /* both point into the message */
	const char *password;
};

/* Reads [authzid] NUL authcid NUL passwd. False when it has another form, or speaks for somebody else. */
bool sasl_read_plain(const char *message, size_t length, struct sasl_plain *plain);

#endif
