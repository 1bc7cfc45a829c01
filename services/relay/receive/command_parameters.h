/* The ESMTP parameters of MAIL and RCPT (RFC 5321 4.1.2), each of which may stand once. */
#ifndef SERVICES_RELAY_RECEIVE_COMMAND_PARAMETERS_H
#define SERVICES_RELAY_RECEIVE_COMMAND_PARAMETERS_H

#include "services/relay/receive/command_parse.h"

#define PARAMETER_UNKNOWN "555 5.5.4 a parameter is not known"

/* Reads one parameter's value (start NULL: it has none); returns the reply that refuses it, or NULL. */
typedef const char *parameter_read(struct span value, void *out);

struct parameter_reader {
	const char *keyword;
	parameter_read *read; /* NULL: the last row */
};

/* rest: what follows the address. Returns the reply that refuses it, or NULL. */
const char *command_read_parameters(
    struct span rest, const struct parameter_reader *readers, void *out);

#endif
