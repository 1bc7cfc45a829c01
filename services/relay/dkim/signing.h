/*
 * The signatures of one message, made by libopendkim: one for each key, rsa-sha256 (RFC 6376) or ed25519-sha256
 * (RFC 8463), relaxed/relaxed, over the whole body (no l=).
 *
 *   dkim_signing_create() -> dkim_signing_body() with the body, piece by piece -> dkim_signing_finish() -> destroy
 *
 * Signed are the fields that RFC 6376 5.4.1 names and those that say what the body is; trace fields are not, and
 * neither are fields that no grammar knows. From, Reply-To, To, Cc, Subject and Date are named once more than they
 * are there (RFC 6376 8.15), so that none can be added. Content is taken as DATA carries it: a last line without its end
 * gets one.
 *
 * libopendkim reads the private key at each signature: of the 1 ms that an RSA signature of 2048 bits costs, that is half,
 * and of the 0.5 ms of an Ed25519 signature nearly all. A body costs 5 ms for 1 MiB and key.
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
