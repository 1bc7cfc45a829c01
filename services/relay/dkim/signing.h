/*
 * The signatures of one message: one for each key, rsa-sha256 (RFC 6376) by libopendkim or ed25519-sha256 (RFC 8463; why not
 * by it: ed25519.h), relaxed/relaxed, over the whole body (no l=).
 *
 *   dkim_signing_create() -> dkim_signing_body() with the body, piece by piece -> dkim_signing_finish() -> destroy
 *
 * Which header fields are signed: fields.h. Content is taken as DATA carries it: a last line without its end gets one.
 *
 * libopendkim reads the private key anew for each signature: of the 0.8 ms that one of RSA with 2048 bits costs, that is
 * half.
 */
#ifndef SERVICES_RELAY_DKIM_SIGNING_H
#define SERVICES_RELAY_DKIM_SIGNING_H

#include <stddef.h>

#include <glib.h>

#include "base/error.h"
#include "db/dkim_key_lookup.h"

/* libopendkim, set up. One for a process is enough. */
struct dkim_library;
struct dkim_signing;

struct dkim_library *dkim_library_create(struct error *error);
void dkim_library_destroy(struct dkim_library *library);

/* keys: a reference is kept. head: header fields with CRLF ends; read at once. A key that is no use is logged, once
 * for each time it came from the database, and left out. */
struct dkim_signing *dkim_signing_create(
    struct dkim_library *library, struct dkim_key_set *keys, const GString *head);
void dkim_signing_destroy(struct dkim_signing *signing);

/* The next bytes of what follows the empty line. */
void dkim_signing_body(struct dkim_signing *signing, const char *data, size_t length);

/* Appends a DKIM-Signature field for each key, with line ends, to fields. */
void dkim_signing_finish(struct dkim_signing *signing, GString *fields);

#endif
