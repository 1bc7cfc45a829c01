/*
 * What a client sends between 354 and the lone dot (RFC 5321 4.1.1.4, 4.5.2): finds the end, takes the stuffed dots out,
 * splits header from body. No sockets.
 *
 *   data_begin() -> data_feed() with each piece that came, cut anywhere -> data_ended()
 *
 * Only CR LF ends a line and only CR LF . CR LF ends the data: anything else would let a client smuggle a
 * second message past a server that reads line ends differently. Everything is read to the end whatever the fault;
 * from the first fault on nothing is kept.
 */
#ifndef SERVICES_RELAY_RECEIVE_DATA_H
#define SERVICES_RELAY_RECEIVE_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "db/message.h"

enum { DATA_HEAD_MAX = 256 << 10 }; /* bytes of header fields; 552 5.3.4 */

enum data_fault {
	DATA_FINE,
	DATA_HEAD_TOO_LARGE, /* header fields beyond DATA_HEAD_MAX */
	DATA_TOO_LARGE,      /* the message beyond message_max */
	DATA_BARE_NEWLINE    /* a CR without LF or an LF without CR; stands above the others */
};

enum data_state {
	DATA_LINE_START,
	DATA_LINE,
	DATA_LINE_CR,  /* CR in a line */
	DATA_EMPTY_CR, /* CR at the start of a header line: the header may end here */
	DATA_DOT,      /* dot at the start of a line, not kept */
	DATA_DOT_CR,   /* then CR */
	DATA_ENDED
};

/* The session embeds it; fault and size are there to be read. */
struct data_reader {
	enum data_state state;
	enum data_fault fault;
	bool in_body;
	size_t size; /* bytes of content so far, kept or not */
	size_t message_max;
	struct message *message;
};

/* message: head and body empty; they grow as data comes, counted in message->budget. The caller keeps it alive. */
void data_begin(struct data_reader *reader, struct message *message, size_t message_max);

/* Takes what belongs to the message. Returns how many bytes that were: fewer than length only at the end. */
size_t data_feed(struct data_reader *reader, const char *bytes, size_t length);

bool data_ended(const struct data_reader *reader);

#endif
