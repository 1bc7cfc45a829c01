/*
 * What a client sends between 354 and the lone dot (RFC 5321 4.1.1.4, 4.5.2): finds the end, takes the stuffed dots out,
 * splits header from body. No sockets.
 *
 *   data_begin() -> data_feed() with each piece that came, cut anywhere -> data_ended()
 *
 * Or the chunks of BDAT (RFC 3030), DATA_FRAMING_CHUNKS, where a dot is a dot and the end is said by the command:
 *
 *   data_begin() -> data_feed() with each piece of each chunk -> data_finish() after the last
 *
 * Only CR LF ends a line and only CR LF . CR LF ends the data: anything else would let a client smuggle a
 * second message past a server that reads line ends differently. Everything is read to the end whatever the fault;
 * from the first fault on nothing is kept.
 *
 * DATA_NEWLINES_NORMALIZE, for clients that are known to send such: an LF alone ends a line too, and is kept as CR LF;
 * a CR alone becomes a space, as Postfix has it. The data ends as ever: a lone dot with anything but CR LF
 * before and behind it is a line of the message.
 */
#ifndef SERVICES_RELAY_RECEIVE_DATA_H
#define SERVICES_RELAY_RECEIVE_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "db/message.h"

enum data_framing { DATA_FRAMING_DOT, DATA_FRAMING_CHUNKS };

enum data_newlines { DATA_NEWLINES_REJECT, DATA_NEWLINES_NORMALIZE };

struct data_rules {
	size_t message_max; /* bytes of content */
	size_t head_max;    /* bytes of header fields */
	size_t line_max;    /* bytes of a line, without its end and a stuffed dot */
	enum data_newlines newlines;
	enum data_framing framing;
};

enum data_fault {
	DATA_FINE,
	DATA_HEAD_TOO_LARGE, /* header fields beyond head_max */
	DATA_TOO_LARGE,      /* the message beyond message_max */
	DATA_LINE_TOO_LONG,  /* a line beyond line_max */
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
	bool is_after_lf; /* this line begins behind an LF alone */
	size_t size;      /* bytes of content so far, kept or not */
	size_t line_size; /* of this line so far */
	struct data_rules rules;
	struct message *message;
};

/* message: head and body empty; they grow as data comes, counted in message->budget. The caller keeps it alive. */
void data_begin(
    struct data_reader *reader, struct message *message, const struct data_rules *rules);

/* Takes what belongs to the message. Returns how many bytes that were: fewer than length only at the end. */
size_t data_feed(struct data_reader *reader, const char *bytes, size_t length);

/* There is no more. A last line that has no end gets one, as Postfix has it: it could not leave by DATA otherwise. */
void data_finish(struct data_reader *reader);

bool data_ended(const struct data_reader *reader);

#endif
