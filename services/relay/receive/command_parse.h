/*
 * The grammar of SMTP commands (RFC 5321 section 4.1.2, RFC 6531 for UTF-8): no sockets, no session, no allocation
 * but libidn2's for a domain that is not ASCII.
 *
 *   command_parse() -> command_take_prefix("FROM:") -> command_take_path() -> command_take_parameter()...
 *
 * Everything points into the line that was given. A taker moves `rest` past what it took.
 */
#ifndef SERVICES_RELAY_RECEIVE_COMMAND_PARSE_H
#define SERVICES_RELAY_RECEIVE_COMMAND_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADDRESS_MAX = 320, /* bytes: local part 64, "@", domain 255 */
	DOMAIN_MAX = 255,  /* bytes; RFC 5321 4.5.3.1.2 */
	LABEL_MAX = 63     /* bytes; RFC 1035 2.3.4 */
};

/* Bytes in somebody else's buffer. */
struct span {
	const char *start;
	size_t length;
};

enum command_verb {
	COMMAND_EHLO,
	COMMAND_HELO,
	COMMAND_MAIL,
	COMMAND_RCPT,
	COMMAND_DATA,
	COMMAND_RSET,
	COMMAND_NOOP,
	COMMAND_QUIT,
	COMMAND_VRFY,
	COMMAND_EXPN,
	COMMAND_HELP,
	COMMAND_BDAT,
	COMMAND_STARTTLS,
	COMMAND_AUTH,
	COMMAND_UNKNOWN,
	COMMAND_FOREIGN /* HTTP or TLS */
};

struct command {
	enum command_verb verb;
	struct span argument; /* what follows the verb, without white space around it */
};

/* line: without its CR LF. */
void command_parse(const char *line, size_t length, struct command *command);

/* Whether the span is that word, in any case. */
bool span_is(struct span span, const char *word);

/* A decimal number of 1 to 20 digits that fits. */
bool span_number(struct span span, uint64_t *number);

/* Takes "FROM:" or "TO:" (any case) and the spaces that some clients put after it. */
bool command_take_prefix(struct span *rest, const char *prefix);

enum path_fault {
	PATH_FINE,
	PATH_NO_BRACKETS,
	PATH_UNCLOSED,
	PATH_ROUTE,
	PATH_LOCAL_PART,
	PATH_NO_DOMAIN,
	PATH_DOMAIN,
	PATH_LITERAL,
	PATH_NOT_UTF8,
	PATH_TOO_LONG
};

struct path {
	struct span
	    address; /* as the client wrote it, without brackets and source route; empty: <> */
	bool is_ascii;
};

/* Takes <local@domain>, <@route:local@domain> or <>. */
enum path_fault command_take_path(struct span *rest, struct path *path);

/* The fault in words that follow "501 5.1.x ". */
const char *path_fault_text(enum path_fault fault);

enum parameter_outcome { PARAMETER_NONE, PARAMETER_TAKEN, PARAMETER_MALFORMED };

struct parameter {
	struct span keyword;
	struct span value; /* start is NULL when there is no "=" */
};

/* Takes the next ESMTP parameter, keyword[=value]. */
enum parameter_outcome command_take_parameter(struct span *rest, struct parameter *parameter);

#endif
