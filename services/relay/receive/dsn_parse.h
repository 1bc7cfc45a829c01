/*
 * The values of RFC 3461's parameters: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT. No session, no allocation.
 * Each returns false for a value that is malformed, or contradicts itself.
 */
#ifndef SERVICES_RELAY_RECEIVE_DSN_PARSE_H
#define SERVICES_RELAY_RECEIVE_DSN_PARSE_H

#include "db/dsn.h"
#include "services/relay/receive/command_parse.h"

enum {
	DSN_ENVELOPE_ID_MAX = 100, /* characters; RFC 3461 4.4 */
	DSN_ORIGINAL_MAX = 500     /* characters, its type included; RFC 3461 4.2 */
};

/* FULL or HDRS. */
bool dsn_parse_return(struct span value, enum dsn_return *out);

/* xtext of printable ASCII. */
bool dsn_parse_envelope_id(struct span value);

/* NEVER, or some of SUCCESS, FAILURE and DELAY, each once. */
bool dsn_parse_notify(struct span value, unsigned *out);

/* type;xtext of printable ASCII. is_smtputf8: of type utf-8 UTF-8 too, as it is (RFC 6533 3). */
bool dsn_parse_original(struct span value, bool is_smtputf8);

#endif
