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

#endif
