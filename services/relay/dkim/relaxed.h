/* The relaxed canonicalizations of RFC 6376: a header field (3.4.2), and a body that comes in pieces (3.4.4). */
#ifndef SERVICES_RELAY_DKIM_RELAXED_H
#define SERVICES_RELAY_DKIM_RELAXED_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "services/relay/message/header_scan.h"

/* Appends the field, without an end of the line. */
void dkim_relaxed_field(const struct header_field *field, GString *out);

/* What of the body was read and not yet written. {0} to begin with. */
struct dkim_relaxed_body {
	size_t line_ends; /* they count when something follows */
	bool has_blank;
	bool has_cr;
	bool has_text; /* something was written */
};

/* Appends what is certain after the next bytes. */
void dkim_relaxed_body_add(
    struct dkim_relaxed_body *body, const char *data, size_t length, GString *out);

/* Appends the rest. */
void dkim_relaxed_body_end(struct dkim_relaxed_body *body, GString *out);

#endif
