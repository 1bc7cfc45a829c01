/*
 * Message content as DATA carries it (RFC 5321 4.5.2): a line that begins with a dot gets another
 * one, and a dot alone ends it. Written in pieces, so that a message of any size needs little
 * memory.
 *
 * A line begins after every LF, with a CR before it or not: content must not hold a bare LF, but if
 * it does, a server that takes one for the end of a line shall not see the end of the message
 * there.
 */
#ifndef SERVICES_RELAY_DELIVER_DOT_STUFFING_H
#define SERVICES_RELAY_DELIVER_DOT_STUFFING_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct dot_stuffing {
	struct {
		const char *at;
		const char *end;
	} parts[2];
	unsigned part;
	char last[2]; /* the last two bytes of content written */
};

/* head and body, one after the other, must outlive the writing and not change. */
void dot_stuffing_start(struct dot_stuffing *stuffing, const GString *head, const GString *body);

/* Appends the next `bytes` bytes of content, and the dots they need, to out. Returns whether the
 * final dot is written; before that, more is to be asked for. bytes is not 0. */
bool dot_stuffing_write(struct dot_stuffing *stuffing, GString *out, size_t bytes);

#endif
