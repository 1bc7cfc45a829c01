/*
 * How deep the parts of a message lie within each other (RFC 2046): 0 for a plain one, 1 for the parts of a multipart,
 * one more for each multipart or enclosed message within. Readers recurse, so senders must not go as deep as they like.
 */
#ifndef SERVICES_RELAY_MESSAGE_MIME_DEPTH_H
#define SERVICES_RELAY_MESSAGE_MIME_DEPTH_H

#include <stdbool.h>

#include <glib.h>

/* Whether it goes deeper than `most`. Takes time by the length of the message and memory by `most`. */
bool mime_depth_exceeds(const GString *head, const GString *body, unsigned most);

/* Whether the header sections of all its parts have more than `most` lines, each one's empty line counted in: readers make an object of each
 * part and each field. For a message that does not go too deep; time and memory as above. */
bool mime_head_lines_exceed(const GString *head, const GString *body, unsigned most);

#endif
