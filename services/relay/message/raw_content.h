/*
 * Content that the caller of the API wrote itself: a MIME entity (RFC 2045 2.4), whose text parts may have merge fields. It leaves as
 * it came, but for parts with fields, which are filled and encoded anew, and for what 7-bit transport could not carry.
 */
#ifndef SERVICES_RELAY_MESSAGE_RAW_CONTENT_H
#define SERVICES_RELAY_MESSAGE_RAW_CONTENT_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

#include "services/relay/message/merge.h"

enum {
	RAW_CONTENT_DEPTH_MAX = 50,        /* parts within parts */
	RAW_CONTENT_HEAD_LINES_MAX = 10000 /* of all parts, with the empty line of each */
};

struct raw_content;

/* entity: header fields with any line ends, of which those that are called Content- count, an empty line, the body. Returns NULL and says why
 * when it is none, nests too deep, or has too many parts or fields. raw_content_free() frees it. */
struct raw_content *raw_content_create(const char *entity, struct error *error);
void raw_content_free(struct raw_content *raw);

/* Whether every recipient gets the same. */
bool raw_content_is_fixed(const struct raw_content *raw);

/* Appends its header fields to head, and the empty line and the rest to body. values: NULL where it is fixed. False, with both unchanged: as
 * merge_template_fill(). */
bool raw_content_write(struct raw_content *raw, struct merge_values *values, GString *head,
    GString *body, struct error *error);

#endif
